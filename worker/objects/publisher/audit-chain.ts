import type { BatchItem } from 'drizzle-orm/batch';
import type { Sequence, Space } from '../../../core/lib/ids.ts';
import type { AuditEntry } from '../../../core/ruleset/audit-entry.ts';
import type { AuditBreak, AuditReport } from '../../../core/ruleset/publisher-rpc.ts';
import { sha256Hex } from '../../sha256.ts';
import type { AuditStore } from '../../stores/audit-store.ts';
import { type AuditHead, GENESIS, type Ledger } from './ledger.ts';

export type AuditDraft = Omit<AuditEntry, 'number' | 'previousHash' | 'hash'>;
type Statement = BatchItem<'sqlite'>;

export type AuditChain = ReturnType<typeof createAuditChain>;

/**
 * The only writer of a space's audit. The entries lie in D1, the head in the object: who alters or cuts the entries cannot alter the
 * head with them. Calls must not overlap; the publisher's turnstile sees to it.
 */
export function createAuditChain(
  space: Space,
  ledger: Ledger,
  store: AuditStore,
  batch: (statements: readonly [Statement, ...Statement[]]) => Promise<void>,
) {
  let settled = false;

  /** Takes up entries that reached D1 although their answer never reached us. */
  async function settle(): Promise<void> {
    while (!settled) {
      const next = await store.find(space, ledger.auditHead().number + 1);
      if (next === null || !ledger.advance(next)) settled = true;
    }
  }

  async function link(drafts: readonly AuditDraft[]): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = [];
    let head = ledger.auditHead();
    for (const draft of drafts) {
      const entry = await seal(space, { ...draft, number: head.number + 1, previousHash: head.hash });
      entries.push(entry);
      head = entry;
    }
    return entries;
  }

  /** Entries of `prepare` together with the statements that they speak of, all or nothing. Throws when the outcome is unknown. */
  async function write(
    entries: readonly AuditEntry[],
    statements: readonly Statement[],
    sequence: Sequence | null = null,
  ): Promise<void> {
    for (const entry of entries) ledger.intend(entry, sequence);
    settled = false;
    const [first, ...rest] = [...store.insertAll(space, entries), ...statements];
    if (first) await batch([first, ...rest]);
    for (const entry of entries) ledger.advance(entry);
    settled = true;
  }

  return {
    /** Writes an entry together with the statements that it speaks of, all or nothing. Throws when the outcome is unknown. */
    async append(draft: AuditDraft, statements: readonly Statement[], sequence: Sequence | null = null): Promise<void> {
      await settle();
      const [entry] = await link([draft]);
      if (entry) await write([entry], statements, sequence);
    },

    /** The next entries, in this order, as `write` takes them. Nothing is written yet. */
    async prepare(drafts: readonly AuditDraft[]): Promise<readonly AuditEntry[]> {
      await settle();
      return link(drafts);
    },

    write,

    /** What became of an entry whose writing may have failed. `open`: it may still come, until another takes its number. */
    async fateOf({ number, hash }: AuditHead): Promise<'written' | 'open' | 'never'> {
      await settle();
      const found = await store.find(space, number);
      if (found === null) return 'open';
      return found.hash === hash ? 'written' : 'never';
    },

    settle,

    async verify(): Promise<AuditReport> {
      await settle();
      return verifyChain(space, ledger.auditHead(), (after) => store.withBodies(space, after, PAGE));
    },
  };
}

/** Bodies come along, up to 256 KB each. */
const PAGE = 100;

async function verifyChain(
  space: Space,
  head: AuditHead,
  page: (after: number) => ReturnType<AuditStore['withBodies']>,
): Promise<AuditReport> {
  let last = GENESIS;
  let entries = 0;
  const broken = (number: number, why: AuditBreak): AuditReport => ({
    intact: false,
    entries,
    broken: { number, why },
  });
  for (;;) {
    const rows = await page(last.number);
    for (const { entry, body } of rows) {
      if (entry.number !== last.number + 1) return broken(last.number + 1, 'missing');
      entries++;
      if (entry.previousHash !== last.hash || entry.number > head.number) return broken(entry.number, 'unlinked');
      if ((await seal(space, entry)).hash !== entry.hash) return broken(entry.number, 'altered');
      if (entry.afterVersion !== null && (body === null || (await sha256Hex(body)) !== entry.afterHash)) {
        return broken(entry.number, 'body');
      }
      last = entry;
    }
    if (rows.length < PAGE) break;
  }
  if (last.number < head.number) return broken(last.number + 1, 'truncated');
  if (last.hash !== head.hash) return broken(last.number, 'altered');
  return { intact: true, entries, broken: null };
}

/** The hash covers every column in a fixed order; a list leaves no doubt where one ends. Entries without a place are as they were before there were places. */
async function seal(space: Space, entry: Omit<AuditEntry, 'hash'>): Promise<AuditEntry> {
  const { number, at, actor, requestId, from, action, kind, subject } = entry;
  const { beforeVersion, beforeHash, afterVersion, afterHash, note, previousHash } = entry;
  const covered = [
    from === null ? 'selvedge-audit-1' : 'selvedge-audit-2',
    space,
    number,
    at,
    actor,
    requestId,
    action,
    kind,
    subject,
    beforeVersion,
    beforeHash,
    afterVersion,
    afterHash,
    note,
    previousHash,
    ...(from === null ? [] : [from]),
  ];
  return { ...entry, hash: await sha256Hex(JSON.stringify(covered)) };
}
