import { z } from 'zod';
import type { Space } from '../../core/lib/ids.ts';
import type { Reference } from '../../core/ruleset/references/reference.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { type AdminAnswer, type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';
import { title } from './shown-resource.ts';

export const dependent = z
  .object({
    kind: z.enum(RESOURCE_KINDS),
    id: z.string(),
    name: z.string(),
    pointers: z.array(z.string()).meta({ description: 'JSON pointers: where it names it' }),
  })
  .meta({ id: 'Dependent' });
export type Dependent = z.output<typeof dependent>;

const used = z.object({
  kind: z.enum(RESOURCE_KINDS),
  id: z.string(),
  name: z.string().nullable(),
  state: z.enum(['draft', 'archived', 'missing']),
  pointers: z.array(z.string()),
});
type Used = z.output<typeof used>;

/** Who names a resource in their drafts, and whom it names. */
export const resourceUsesRoutes: readonly Route[] = RESOURCE_KINDS.map((kind) =>
  route(
    {
      id: `uses${title(kind)}`,
      method: 'get',
      path: `/${KINDS[kind].plural}/{id}/uses`,
      tag: KINDS[kind].plural,
      needs: 'read',
      summary: `Which drafts use one ${kind}, and what it uses itself`,
      responses: { 200: z.object({ usedBy: z.array(dependent), uses: z.array(used) }) },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async ({ services: { config }, space, param }) => {
      const stored = await config.find(space, kind, param('id'));
      if (!stored) return { problem: 'notFound' };
      const [usedBy, uses] = [await dependentsOf(config, space, kind, stored.id), await usesOf(config, space, stored)];
      return { status: 200, body: { usedBy, uses } };
    },
  ),
);

/** The refusal to archive what others use; null: nobody does. */
export async function inUse(
  { services, space }: Pick<Call<Operation>, 'services' | 'space'>,
  kind: ResourceKind,
  id: string,
): Promise<Extract<AdminAnswer, { readonly problem: unknown }> | null> {
  const usedBy = await dependentsOf(services.config, space, kind, id);
  if (usedBy.length === 0) return null;
  const named = usedBy.slice(0, 3).map((each) => `${each.kind} ${each.id}`);
  const more = usedBy.length > named.length ? ` and ${usedBy.length - named.length} more` : '';
  const detail = `Used by ${named.join(', ')}${more}: change or archive them first.`;
  return { problem: 'inUse', extras: { detail, members: { usedBy } } };
}

type Config = AdminServices['config'];

/** Rules and templates are read as a publish reads them, so this is loaded when somebody first asks. */
const registry = () => import('../../core/ruleset/references/references.ts');

export async function dependentsOf(
  config: Config,
  space: Space,
  kind: ResourceKind,
  id: string,
): Promise<readonly Dependent[]> {
  const { referencesOf } = await registry();
  // Who names a resource has its id in the body. Only settings are used without being named.
  const candidates = kind === 'setting' ? await config.readDraft(space) : await config.mentioning(space, id);
  return candidates.flatMap((each): readonly Dependent[] => {
    const body: unknown = JSON.parse(each.body);
    const pointers = referencesOf(each.kind, body).flatMap((named) =>
      named.id === id && named.kinds.includes(kind) ? [named.pointer] : [],
    );
    if (pointers.length === 0) return [];
    return [
      { kind: each.kind as ResourceKind, id: each.id, name: nameOf(each), pointers: [...new Set(pointers)].sort() },
    ];
  });
}

async function usesOf(config: Config, space: Space, stored: StoredVersion): Promise<readonly Used[]> {
  const { referencesOf } = await registry();
  const references = referencesOf(stored.kind, JSON.parse(stored.body));
  const wanted = references.flatMap(({ kinds, id }) => kinds.map((kind) => ({ kind, id })));
  const present = new Map(
    (await config.findSummaries(space, wanted)).map((each) => [`${each.kind} ${each.id}`, each] as const),
  );
  const found = new Map<string, Used>();
  for (const { kinds, id, pointer } of references) {
    const kind = meantKind(kinds, (each) => present.get(`${each} ${id}`)?.archived);
    const held = present.get(`${kind} ${id}`);
    const state = held ? (held.archived ? 'archived' : 'draft') : 'missing';
    const before = found.get(`${kind} ${id}`);
    const pointers = [...new Set([...(before?.pointers ?? []), pointer])];
    found.set(`${kind} ${id}`, { kind, id, name: held?.name ?? null, state, pointers });
  }
  return [...found.values()].sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
}

/** Of the kinds that a name may mean: one that is there, else one that was, else the first. */
function meantKind(kinds: Reference['kinds'], isArchived: (kind: ResourceKind) => boolean | undefined): ResourceKind {
  const first = kinds[0];
  if (first === undefined) throw new Error('a reference names a kind');
  return (
    kinds.find((kind) => isArchived(kind) === false) ?? kinds.find((kind) => isArchived(kind) !== undefined) ?? first
  );
}

function nameOf({ body }: StoredVersion): string {
  return (JSON.parse(body) as { readonly name?: string }).name ?? '';
}
