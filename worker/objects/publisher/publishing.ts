import { DEFAULT_IDENTITY } from '../../../core/identity/identity-config.ts';
import type { Instant, Space } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { AuditAction } from '../../../core/ruleset/audit-entry.ts';
import { replaceData, withDataOf } from '../../../core/ruleset/data-parts.ts';
import { identityWarnings } from '../../../core/ruleset/identity-warnings.ts';
import { keepCredentials } from '../../../core/ruleset/keep-credentials.ts';
import {
  type CompiledParts,
  type IdentityPart,
  type Manifest,
  OPERATOR_PARTS,
  PART_FORMATS,
  type SourcesPart,
} from '../../../core/ruleset/manifest.ts';
import type {
  DataPut,
  PublishCommand,
  Published,
  PublisherProblem,
  PutDataCommand,
  RollbackCommand,
} from '../../../core/ruleset/publisher-rpc.ts';
import type { Source } from '../../../core/ruleset/resources.ts';
import { sha256Hex } from '../../sha256.ts';
import { manifestKey, partKey } from '../../stores/cache-keys.ts';
import type { ConfigStore } from '../../stores/config-store.ts';
import type { AuditChain } from './audit-chain.ts';
import type { Ledger, Unfinished } from './ledger.ts';

export interface PublishingContext {
  readonly space: Space;
  readonly ledger: Ledger;
  readonly chain: AuditChain;
  readonly config: ConfigStore;
  readonly cache: KVNamespace;
  readonly now: () => Instant;
  /** Asks to be woken for another `finish`. */
  readonly retryLater: () => Promise<void>;
  readonly report: (stage: string, error: unknown) => void;
}

/** Compiles the drafts and makes them live under the next sequence, also when nothing changed. */
export async function publish(
  context: PublishingContext,
  { actor, note }: PublishCommand,
): Promise<Result<Published, PublisherProblem>> {
  const { space } = context;
  const drafts = await context.config.readDraft(space);
  // On demand: the compiler and the parser behind it are not for an isolate that only serves.
  const { compileDraft } = await import('../../../core/ruleset/draft.ts');
  const compiled = compileDraft(
    space,
    drafts.map(({ kind, id, body }) => ({ kind, id, body: JSON.parse(body) as unknown })),
    context.now(),
  );
  if (!compiled.ok) return err({ kind: 'invalid', problems: compiled.error });
  const { parts: rules, bodies } = await addressParts(compiled.value);
  const parts = withDataOf(rules, context.ledger.current()?.parts ?? {});
  return goLive(context, { actor, note: note ?? null, restored: null, data: null, parts, bodies });
}

/** A new sequence with the rules of an old one and the data of now; credentials that were taken away since stay away. */
export async function rollback(
  context: PublishingContext,
  { actor, sequence }: RollbackCommand,
): Promise<Result<Published, PublisherProblem>> {
  const old = context.ledger.find(sequence);
  const body = old && context.ledger.part(old.parts.sources ?? '');
  if (!old || body === null) return err({ kind: 'notFound' });
  // Nothing could read it once it is live. The drafts are still there to be published.
  const { program = '', identity, retention } = old.parts;
  const isOutdated =
    !isReadable(context.ledger.part(program), PART_FORMATS.program) ||
    (identity !== undefined && !isReadable(context.ledger.part(identity), PART_FORMATS.identity)) ||
    (retention !== undefined && !isReadable(context.ledger.part(retention), PART_FORMATS.retention));
  if (isOutdated) return err({ kind: 'outdated' });
  const sources = await withLiveCredentials(context, JSON.parse(body) as SourcesPart);
  const hash = await sha256Hex(sources);
  const parts = withDataOf({ ...old.parts, sources: hash }, context.ledger.current()?.parts ?? {});
  const bodies = new Map([[hash, sources]]);
  return goLive(context, { actor, note: null, restored: old.sequence, data: null, parts, bodies });
}

/** How long a data part that nobody names any more can still be read: by isolates that have not heard of the newest ruleset, by an upload that goes on. */
const DATA_KEPT_MS = DAY_MS;

/** A new sequence with the rules of now and other data; none when the data is as it was. */
export async function putData(
  context: PublishingContext,
  { actor, families, parts: given, note }: PutDataCommand,
): Promise<Result<DataPut, PublisherProblem>> {
  const { ledger, now } = context;
  const current = ledger.current();
  if (!current) return err({ kind: 'notPublished' });
  const missing = ledger.missingParts(Object.values(given), now());
  if (missing.length > 0) return err({ kind: 'missingParts', hashes: missing });
  const parts = replaceData(current.parts, families, given);
  const names = Object.keys({ ...current.parts, ...parts });
  if (names.every((name) => current.parts[name] === parts[name]))
    return ok({ manifest: current, cached: true, changed: false });
  // Of use until now: what goes stays for those who have not heard of it.
  ledger.missingParts(Object.values(current.parts), now());
  const data = families.join(', ');
  const live = await goLive(context, { actor, note: note ?? null, restored: null, data, parts, bodies: new Map() });
  if (!live.ok) return live;
  const { manifest, cached } = live.value;
  await attempt(context, 'forget', () => forgetData(context, manifest));
  return ok({ manifest, cached, changed: true });
}

async function forgetData({ ledger, cache, space, now }: PublishingContext, { parts }: Manifest): Promise<void> {
  const gone = ledger.forgetData((now() - DATA_KEPT_MS) as Instant, new Set(Object.values(parts)));
  for (const hash of gone) await cache.delete(partKey(space, hash));
}

function isReadable(part: string | null, format: number): boolean {
  return part !== null && (JSON.parse(part) as { readonly format?: unknown }).format === format;
}

async function withLiveCredentials({ space, config }: PublishingContext, part: SourcesPart): Promise<string> {
  const newest = new Map<string, Source>();
  for (const { id } of part.sources) {
    const stored = await config.find(space, 'source', id);
    if (stored) newest.set(id, JSON.parse(stored.body) as Source);
  }
  return JSON.stringify(keepCredentials(part, (id) => newest.get(id) ?? null));
}

type Content = Pick<Parameters<Ledger['commit']>[0], 'actor' | 'note' | 'restored' | 'data' | 'parts' | 'bodies'>;

async function goLive(context: PublishingContext, content: Content): Promise<Result<Published, PublisherProblem>> {
  const { space, now, ledger } = context;
  const warnings = warningsOf(ledger, content);
  const manifest = ledger.commit({ ...content, space, at: now(), newSalt: newSalt() });
  // Armed before the follow-up: should the object stop in the middle of it, the alarm finds the rest.
  await context.retryLater();
  return ok({ manifest, cached: await finish(context), warnings });
}

/** What the change of namespaces means for people who are known already; nobody is before the first publish. */
function warningsOf(ledger: Ledger, { parts, bodies }: Content): Published['warnings'] {
  const before = ledger.current();
  if (!before || before.parts.identity === parts.identity) return [];
  const namespacesOf = (hash: string | undefined) => {
    const body = hash === undefined ? null : (bodies.get(hash) ?? ledger.part(hash));
    return body === null ? DEFAULT_IDENTITY.namespaces : (JSON.parse(body) as IdentityPart).namespaces;
  };
  return identityWarnings(namespacesOf(before.parts.identity), namespacesOf(parts.identity));
}

/**
 * Writes what committed sequences still owe: the cache of the newest, an audit entry of each. Never throws; what fails is tried again at
 * the next call or alarm. True when nothing is owed to the cache.
 */
export async function finish(context: PublishingContext): Promise<boolean> {
  const owed = context.ledger.unfinished();
  const newest = owed.at(-1);
  let cached = true;
  let audited = true;
  if (newest && !newest.cached) {
    cached = await attempt(context, 'cache', () => fillCache(context, newest.manifest));
  }
  for (const sequence of owed) {
    if (audited && !sequence.audited) audited = await attempt(context, 'audit', () => auditSequence(context, sequence));
  }
  if (!cached || !audited) await context.retryLater();
  return cached;
}

async function attempt(context: PublishingContext, stage: string, task: () => Promise<void>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    context.report(stage, error);
    return false;
  }
}

/** Parts before the manifest: who sees the manifest finds its parts. */
async function fillCache({ space, ledger, cache }: PublishingContext, manifest: Manifest): Promise<void> {
  const wanted = Object.entries(manifest.parts).filter(([name]) => !OPERATOR_PARTS.has(name));
  const missing = [...new Set(wanted.map(([, hash]) => hash))].filter((hash) => !ledger.isPartCached(hash));
  for (const hash of missing) {
    const body = ledger.part(hash);
    if (body === null) throw new Error('a part is missing');
    await cache.put(partKey(space, hash), body);
    ledger.partCached(hash);
  }
  await cache.put(manifestKey(space), JSON.stringify(manifest));
  ledger.manifestCached(manifest.sequence);
}

async function auditSequence({ chain, ledger }: PublishingContext, owed: Unfinished): Promise<void> {
  await chain.settle();
  const { sequence, publishedAt } = owed.manifest;
  // Settling may just have found the entry of this very sequence.
  if (!ledger.unfinished().some((other) => other.manifest.sequence === sequence && !other.audited)) return;
  const previous = ledger.find(sequence - 1);
  const entry = {
    at: publishedAt,
    actor: owed.actor.name,
    requestId: owed.actor.requestId,
    from: owed.actor.from ?? null,
    action: actionOf(owed),
    kind: 'ruleset',
    subject: String(sequence),
    beforeVersion: null,
    beforeHash: previous && (await sha256Hex(JSON.stringify(previous))),
    afterVersion: null,
    afterHash: await sha256Hex(JSON.stringify(owed.manifest)),
    note: noteOf(owed),
  };
  await chain.append(entry, [], sequence);
}

function actionOf({ data, restored }: Unfinished): AuditAction {
  if (data !== null) return 'dataPut';
  return restored === null ? 'published' : 'rolledBack';
}

function noteOf({ data, restored, note }: Unfinished): string | null {
  if (data !== null) return note === null ? data : `${data}: ${note}`;
  return restored === null ? note : `restores ${restored}`;
}

async function addressParts(
  parts: CompiledParts,
): Promise<{ readonly parts: Manifest['parts']; readonly bodies: ReadonlyMap<string, string> }> {
  const named: [string, unknown][] = [
    ['program', parts.program],
    ['decisions', parts.decisions],
    ['rules', parts.rules],
    ['sources', parts.sources],
    ['identity', parts.identity],
    ...(parts.retention ? [['retention', parts.retention] as [string, unknown]] : []),
    ...Object.entries(parts.browser).map(([source, part]): [string, unknown] => [`browser/${source}`, part]),
  ];
  const hashes: Record<string, string> = {};
  const bodies = new Map<string, string>();
  for (const [name, part] of named) {
    const body = JSON.stringify(part);
    const hash = await sha256Hex(body);
    hashes[name] = hash;
    bodies.set(hash, body);
  }
  return { parts: hashes, bodies };
}

function newSalt(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
