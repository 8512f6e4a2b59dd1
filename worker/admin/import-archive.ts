import { z } from 'zod';
import { byteLength } from '../../core/lib/byte-length.ts';
import { findCapProblem } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { stableJson } from '../../core/lib/stable-json.ts';
import { spaceOfKey } from '../../core/ruleset/names.ts';
import type { PublisherProblem } from '../../core/ruleset/publisher-rpc.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS, schemaProblems } from '../../core/ruleset/schema.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { ProblemItem } from '../http/problem.ts';
import { refused } from './publisher-answer.ts';
import { BODY_CAPS } from './read-request.ts';
import { refusalOf } from './roles.ts';
import type { AdminAnswer, Call, Operation } from './route.ts';
import { changing } from './shown-resource.ts';
import { showBody, storedForm } from './stored-form.ts';

export const importOutcome = z
  .object({
    kind: z.enum(RESOURCE_KINDS),
    id: z.string(),
    outcome: z.enum(['created', 'updated', 'same', 'refused']),
    errors: z
      .array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() }))
      .meta({ description: 'Of one that was refused: why' }),
    notes: z.array(z.string()).meta({ description: 'What of it could not be taken along' }),
  })
  .meta({ id: 'ImportOutcome' });
type Outcome = z.output<typeof importOutcome>;

interface Entry {
  readonly kind: ResourceKind;
  readonly resource: unknown;
}

/** An entry that may be put. */
interface Wanted {
  readonly id: string;
  readonly body: string;
  /** Newest version; 0: there is none. */
  readonly version: number;
  readonly outcome: 'created' | 'updated' | 'same';
  readonly notes: readonly string[];
}

type Caller = Pick<Call<Operation>, 'services' | 'space' | 'actor' | 'operator'>;

/** Looks at every entry by itself, then puts those that may be put and differ. Doing it again does the rest: what is the same is left alone. */
export async function importArchive(
  call: Caller,
  entries: readonly Entry[],
  { dryRun, into }: { readonly dryRun: boolean; readonly into: 'changeSet' | 'drafts' },
): Promise<AdminAnswer> {
  const seen = new Set<string>();
  const judged: { readonly kind: ResourceKind; readonly verdict: Result<Wanted, Outcome> }[] = [];
  for (const entry of entries) judged.push({ kind: entry.kind, verdict: await judge(call, entry, seen) });
  const differ = judged.some(({ verdict }) => verdict.ok && verdict.value.outcome !== 'same');
  const put = dryRun || !differ ? null : await putterOf(call, into);
  if (put && !put.ok) return refused(put.error);
  const items: Outcome[] = [];
  for (const { kind, verdict } of judged) {
    if (!verdict.ok) {
      items.push(verdict.error);
      continue;
    }
    const { id, outcome, notes } = verdict.value;
    const done = put && outcome !== 'same' ? await put.value.put(kind, verdict.value) : null;
    if (done?.ok === false) items.push(refusedOutcome(kind, id, problemsOf(done.error)));
    else items.push({ kind, id, outcome, errors: [], notes: [...notes] });
  }
  return { status: 200, body: { dryRun, changeSet: put?.value.changeSet ?? null, items } };
}

interface Putter {
  readonly changeSet: string | null;
  readonly put: (kind: ResourceKind, wanted: Wanted) => Promise<Result<unknown, PublisherProblem>>;
}

async function putterOf(
  { services, space, actor }: Caller,
  into: 'changeSet' | 'drafts',
): Promise<Result<Putter, PublisherProblem>> {
  const publisher = services.publisher(space);
  if (into === 'drafts') {
    return ok({
      changeSet: null,
      put: (kind, { id, body, version }) => publisher.change({ actor, kind, id, body, expectedVersion: version }),
    });
  }
  const words = { title: 'Import of an archive', description: '' };
  const made = await publisher.changeSet({ actor, change: { kind: 'create', ...words } });
  if (!made.ok) return made;
  const set = made.value.id;
  return ok({
    changeSet: set,
    put: (kind, { id, body, version: baseVersion }) =>
      publisher.changeSet({ actor, change: { kind: 'putItem', id: set, item: { kind, id, body, baseVersion } } }),
  });
}

async function judge(call: Caller, { kind, resource }: Entry, seen: Set<string>): Promise<Result<Wanted, Outcome>> {
  const id = idOf(resource);
  const refuse = (...errors: readonly ProblemItem[]) => err(refusedOutcome(kind, id, errors));
  const cap = findCapProblem(resource, BODY_CAPS);
  if (cap)
    return refuse({ pointer: cap.pointer, code: cap.problem, detail: 'it is over a cap, or names a forbidden member' });
  if (byteLength(JSON.stringify(resource)) > limit('adminBodyBytes'))
    return refuse({ pointer: '', code: 'tooLarge', detail: `a resource may have ${limit('adminBodyBytes')} bytes` });
  if (id !== '' && seen.has(`${kind} ${id}`))
    return refuse({ pointer: '/id', code: 'duplicate', detail: 'it is in the archive twice' });
  seen.add(`${kind} ${id}`);
  // Importing is no way round what may be changed one by one.
  const refusal = refusalOf(call.operator, { needs: changing(kind), tag: KINDS[kind].plural });
  if (refusal) return refuse({ pointer: '', code: 'forbidden', detail: refusal.detail });
  const shaped = RESOURCE_INPUT_SCHEMAS[kind].safeParse(kind === 'source' ? withoutForeignKeys(resource) : resource);
  if (!shaped.success) return refuse(...schemaProblems(shaped.error));
  const present = await call.services.config.find(call.space, kind, id);
  const notes: string[] = [];
  const put = kind === 'source' ? ownKeys(shaped.data as Keys, present, call.space, notes) : shaped.data;
  const stored = await storedForm(call, kind, put, present);
  if (!stored.ok) return refuse(...stored.error);
  const isSame =
    present && !present.archived && stableJson(JSON.parse(present.body)) === stableJson(JSON.parse(stored.value));
  const outcome = isSame ? 'same' : present ? 'updated' : 'created';
  return ok({ id, body: stored.value, version: present?.version ?? 0, outcome, notes });
}

interface Keys {
  readonly writeKeys?: readonly string[];
  readonly proofKeys?: readonly { readonly kid?: string; readonly alg?: string; readonly secret?: string }[];
}

/** Of the server that the archive came from. */
function withoutForeignKeys(resource: unknown): unknown {
  if (typeof resource !== 'object' || resource === null) return resource;
  const { serverKeyHashes: _, ...rest } = resource as Readonly<Record<string, unknown>>;
  return rest;
}

/** A source that is there keeps its write keys; a new one gets those of this space, or one of its own. A secret that is not here cannot come from an archive. */
function ownKeys(
  { writeKeys, proofKeys, ...rest }: Keys,
  present: StoredVersion | null,
  space: string,
  notes: string[],
): object {
  const mine = present ? [] : (writeKeys ?? []).filter((key) => spaceOfKey(key, 'wk') === space);
  if (!present && writeKeys && mine.length < writeKeys.length) notes.push('it got a write key of this space');
  const held = present ? ((showBody('source', present.body) as Keys).proofKeys ?? []) : [];
  const proofs = proofKeys?.filter(({ kid, alg, secret }) => {
    if (alg !== 'HS256' || secret !== undefined || held.some((key) => key.kid === kid && key.alg === alg)) return true;
    notes.push(`proof key ${kid} is left out: an archive holds no secrets`);
    return false;
  });
  return { ...rest, ...(mine.length > 0 && { writeKeys: mine }), ...(proofs && { proofKeys: proofs }) };
}

function idOf(resource: unknown): string {
  const id = typeof resource === 'object' && resource !== null ? (resource as { readonly id?: unknown }).id : null;
  return typeof id === 'string' ? id.slice(0, 128) : '';
}

function refusedOutcome(kind: ResourceKind, id: string, errors: readonly ProblemItem[]): Outcome {
  const shown = errors.map(({ pointer, code, detail }) => ({ pointer, code, detail }));
  return { kind, id, outcome: 'refused', errors: shown, notes: [] };
}

function problemsOf(problem: PublisherProblem): readonly ProblemItem[] {
  const { problem: code, extras } = refused(problem);
  return extras?.errors ?? [{ pointer: '', code, detail: extras?.detail ?? 'try again' }];
}
