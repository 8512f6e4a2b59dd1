import { z } from 'zod';
import { limit } from '../../core/lib/limits.ts';
import { KINDS, RESOURCE_KINDS } from '../../core/ruleset/resources.ts';
import { refused } from './publisher-answer.ts';
import { type Dependent, dependent, dependentsOf } from './resource-uses.ts';
import { refusalOf } from './roles.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { changing } from './shown-resource.ts';

const item = z.strictObject({
  kind: z.enum(RESOURCE_KINDS),
  id: z.string().max(128),
  version: z.int().min(1).exactOptional().meta({ description: 'Refuse if there is a newer one' }),
});
const outcome = z.object({
  kind: z.enum(RESOURCE_KINDS),
  id: z.string(),
  outcome: z.enum(['archived', 'same', 'refused']),
  code: z.string().nullable().meta({ description: 'Of one that was refused: the problem' }),
  detail: z.string().nullable(),
  version: z.number().int().nullable().meta({ description: 'The newest' }),
  usedBy: z.array(dependent),
});
type Outcome = z.output<typeof outcome>;

/** Archives resources that use each other: alone none of them could go. */
export const archiveTogetherRoutes: readonly Route[] = [
  route(
    {
      id: 'archiveResources',
      method: 'post',
      path: '/resources/archive',
      tag: 'resources',
      needs: 'edit',
      summary: 'Archive several resources that nothing else uses',
      body: z.strictObject({ items: z.array(item).min(1).max(limit('importResources')) }),
      responses: { 200: z.object({ items: z.array(outcome) }) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    (call) => archiveTogether(call, call.body.items),
  ),
];

interface Leaving extends z.output<typeof item> {
  readonly version: number;
  usedBy: readonly Dependent[];
}

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${kind} ${id}`;

async function archiveTogether(
  call: Pick<Call<Operation>, 'services' | 'space' | 'actor' | 'operator'>,
  items: readonly z.output<typeof item>[],
): Promise<AdminAnswer> {
  const { services, space, actor } = call;
  const outcomes = new Map<string, Outcome>();
  const leaving = new Map<string, Leaving>();
  for (const each of items) {
    const judged = await judge(call, each);
    if ('outcome' in judged) outcomes.set(keyOf(each), judged);
    else leaving.set(keyOf(each), judged);
  }
  // Who stays keeps whom they use, and those whom these use.
  for (let before = -1; before !== leaving.size; ) {
    before = leaving.size;
    for (const [key, each] of leaving) {
      const usedBy = each.usedBy.filter((user) => !leaving.has(keyOf(user)));
      if (usedBy.length === 0) continue;
      leaving.delete(key);
      outcomes.set(key, { ...said(each, 'refused', 'inUse', 'Others use it: change or archive them too.'), usedBy });
    }
  }
  for (const [key, each] of leaving) {
    const { kind, id, version } = each;
    const done = await services.publisher(space).change({ actor, kind, id, body: null, expectedVersion: version });
    if (done.ok) outcomes.set(key, { ...said(each, 'archived'), version: done.value.version });
    else {
      const { problem: code, extras } = refused(done.error);
      outcomes.set(key, said(each, 'refused', code, extras?.detail ?? null));
    }
  }
  return { status: 200, body: { items: items.map((each) => outcomes.get(keyOf(each))) } };
}

async function judge(
  { services: { config }, space, operator }: Pick<Call<Operation>, 'services' | 'space' | 'operator'>,
  each: z.output<typeof item>,
): Promise<Outcome | Leaving> {
  const { kind, id, version } = each;
  const refusal = refusalOf(operator, { needs: changing(kind), tag: KINDS[kind].plural });
  if (refusal) return said(each, 'refused', 'forbidden', refusal.detail);
  const present = await config.find(space, kind, id);
  if (!present) return said(each, 'refused', 'notFound', null);
  const held = { ...each, version: present.version };
  if (version !== undefined && version !== present.version) return said(held, 'refused', 'staleVersion', null);
  if (present.archived) return said(held, 'same');
  return { ...held, usedBy: await dependentsOf(config, space, kind, id) };
}

function said(
  {
    kind,
    id,
    version = null,
  }: { readonly kind: Outcome['kind']; readonly id: string; readonly version?: number | null | undefined },
  is: Outcome['outcome'],
  code: string | null = null,
  detail: string | null = null,
): Outcome {
  return { kind, id, outcome: is, code, detail, version, usedBy: [] };
}
