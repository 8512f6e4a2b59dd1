import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instant, Space } from '../../../core/lib/ids.ts';
import { type ContentEntry, contentPart } from '../../../core/ruleset/content.ts';
import { compileDraft } from '../../../core/ruleset/draft.ts';
import type { CompiledParts } from '../../../core/ruleset/manifest.ts';
import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import {
  type AdminHarness,
  ATTRIBUTE,
  type Operator,
  PLACEMENT,
  SEGMENT,
  SOURCE,
  sha256,
  startAdminHarness,
} from '../../support/admin-harness.ts';
import { createSetClient } from '../../support/change-set-client.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

/** Segment `b` may need `a`, so that some publishes are refused. */
interface Edit {
  readonly id: 'a' | 'b' | 'c';
  /** Null: archive it. */
  readonly rule: string | null;
}
type Step =
  | { readonly do: 'draft'; readonly edit: Edit }
  | { readonly do: 'publishDrafts' }
  | {
      readonly do: 'publishSet';
      readonly edits: readonly Edit[];
      readonly stopsAt: 'never' | 'beforeBatch' | 'afterBatch';
      /** A draft that somebody writes after the set was made. */
      readonly between: Edit | null;
    }
  | { readonly do: 'rollback'; readonly back: number };

const edit: fc.Arbitrary<Edit> = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  rule: fc.constantFrom('loyaltyTier = "gold"', 'loyaltyTier = "silver"', 'inSegment("a")', null),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('draft'), edit }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('publishDrafts') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publishSet'),
      edits: fc.uniqueArray(edit, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
      stopsAt: fc.constantFrom('never', 'never', 'beforeBatch', 'afterBatch'),
      between: fc.option(edit, { freq: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback'), back: fc.nat(5) }) },
) as fc.Arbitrary<Step>;

/** What the history says. */
interface Model {
  /** Newest versions. */
  readonly drafts: Map<string, { readonly version: number; readonly archived: boolean; readonly rule: string | null }>;
  /** Content of each sequence; the last is live. */
  readonly sequences: (readonly ContentEntry[])[];
}

const FIXED: readonly ContentEntry[] = [
  ['attribute', 'loyaltyTier', 1],
  ['placement', 'hero', 1],
  ['source', 'web', 1],
];

async function begin(): Promise<Operator> {
  const operator = await harness.newSpace();
  await operator.call('PUT', '/sources/web', SOURCE);
  await operator.call('PUT', '/attributes/loyaltyTier', ATTRIBUTE);
  await operator.call('PUT', '/placements/hero', PLACEMENT);
  expect((await operator.call('POST', '/publish')).status).toBe(201);
  return operator;
}

/** Where an edit leads: the same content writes no version. */
function apply(drafts: Model['drafts'], { id, rule }: Edit): number {
  const now = drafts.get(id);
  const isSame = now && (rule === null ? now.archived : !now.archived && now.rule === rule);
  const version = (now?.version ?? 0) + (isSame ? 0 : 1);
  drafts.set(id, { version, archived: rule === null, rule: rule ?? now?.rule ?? null });
  return version;
}

const segmentOf = ({ id, rule }: Edit) => ({ ...SEGMENT, id, rule });

async function bodies(operator: Operator): Promise<ReadonlyMap<string, unknown>> {
  const rows = await harness.db
    .prepare('SELECT kind, id, version, body FROM resource_version WHERE space = ?')
    .bind(operator.space)
    .all<{ kind: string; id: string; version: number; body: string }>();
  return new Map(rows.results.map(({ kind, id, version, body }) => [`${kind}/${id}/${version}`, JSON.parse(body)]));
}

/** A fresh compile of a content; null: it cannot be published. */
async function compiled(operator: Operator, content: readonly ContentEntry[]): Promise<CompiledParts | null> {
  const stored = await bodies(operator);
  const resources = content.map((entry) => ({ kind: entry[0], id: entry[1], body: stored.get(entry.join('/')) }));
  const result = compileDraft(operator.space as Space, resources, Date.now() as Instant);
  return result.ok ? result.value : null;
}

async function partsOf(operator: Operator, content: readonly ContentEntry[]): Promise<Record<string, string>> {
  const parts = await compiled(operator, content);
  if (!parts) throw new Error('what is live does not compile');
  const { browser, ...rest } = parts;
  const named = Object.entries({ ...rest, 'browser/web': browser.web, content: contentPart(content) });
  return Object.fromEntries(named.map(([name, part]) => [name, sha256(JSON.stringify(part))]));
}

const ordered = (content: readonly ContentEntry[]) => contentPart(content).resources;

function draftContent({ drafts }: Model): readonly ContentEntry[] {
  const segments = [...drafts].flatMap(([id, { version, archived }]): readonly ContentEntry[] =>
    archived ? [] : [['segment', id, version]],
  );
  return ordered([...FIXED, ...segments]);
}

async function take(operator: Operator, model: Model, taken: Step): Promise<void> {
  const newest = model.sequences.at(-1) ?? [];
  switch (taken.do) {
    case 'draft':
      return draft(operator, model, taken.edit);
    case 'publishDrafts': {
      const content = draftContent(model);
      const answer = await operator.call('POST', '/publish');
      const isFine = (await compiled(operator, content)) !== null;
      expect(answer.status).toBe(isFine ? 201 : 422);
      if (isFine) model.sequences.push(content);
      return;
    }
    case 'rollback': {
      const index = Math.max(0, model.sequences.length - 1 - taken.back);
      expect((await operator.call('POST', '/rollback', { sequence: index + 1 })).status).toBe(201);
      model.sequences.push(model.sequences[index] ?? []);
      return;
    }
    case 'publishSet':
      return publishSet(operator, model, taken, newest);
  }
}

async function draft(operator: Operator, model: Model, wanted: Edit): Promise<void> {
  if (wanted.rule === null && !model.drafts.has(wanted.id)) return;
  const path = `/segments/${wanted.id}`;
  const answer = await (wanted.rule === null
    ? operator.call('DELETE', `${path}?force=true`)
    : operator.call('PUT', path, segmentOf(wanted)));
  // Others still use it: it stays.
  if (answer.status === 409) return;
  expect(answer.status).toBeLessThan(300);
  apply(model.drafts, wanted);
}

async function publishSet(
  operator: Operator,
  model: Model,
  { edits, stopsAt, between }: Extract<Step, { do: 'publishSet' }>,
  live: readonly ContentEntry[],
): Promise<void> {
  const sets = createSetClient(operator);
  const set = await sets.create('some');
  const proposed = edits.filter(({ id, rule }) => rule !== null || model.drafts.has(id));
  for (const one of proposed) {
    const put =
      one.rule === null ? sets.archive(set, 'segment', one.id) : sets.put(set, 'segment', one.id, segmentOf(one));
    expect((await put).status).toBe(200);
  }
  const based = new Map(proposed.map(({ id }) => [id, model.drafts.get(id)?.version ?? 0]));
  if (between) await draft(operator, model, between);
  const isStale = [...based].some(([id, version]) => (model.drafts.get(id)?.version ?? 0) !== version);
  const { drafts } = model;
  const after: Model['drafts'] = new Map(drafts);
  const touched = new Set(proposed.map(({ id }) => String(id)));
  const content = ordered([
    ...live.filter(([kind, id]) => kind !== 'segment' || !touched.has(id)),
    ...proposed.flatMap((one): readonly ContentEntry[] => {
      const version = apply(after, one);
      return one.rule === null ? [] : [['segment', one.id, version]];
    }),
  ]);
  // With the audit of one version at least; the batch of a single update has two.
  if (stopsAt !== 'never') await harness.faults({ stopsAt, stopsFrom: 3 });
  const answer = await sets.publish(set);
  await harness.faults({ stopsAt: 'never', controlDown: false });
  if (answer.status === 503) {
    await harness.fetch(`/publisher/${operator.space}/kill`, { method: 'POST' });
    // Whatever comes next ends what was begun.
    await operator.call('DELETE', '/freeze');
  }
  const { state } = await sets.read(set);
  if (proposed.length === 0 || isStale) expect(answer.status).toBe(409);
  else if (answer.status !== 503) expect([201, 422]).toContain(answer.status);
  expect(state).toBe(
    answer.status === 201 || (answer.status === 503 && stopsAt === 'afterBatch') ? 'published' : 'open',
  );
  if (state === 'open') {
    if (answer.status === 422) {
      const valid = (await sets.validate(set)).problems.length === 0;
      expect(valid).toBe(false);
    }
    return;
  }
  for (const [id, version] of after) drafts.set(id, version);
  model.sequences.push(content);
}

it('gives after any edits, sets, kills and rollbacks the ruleset that the history says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const operator = await begin();
      const model: Model = { drafts: new Map(), sequences: [FIXED] };
      for (const one of steps) {
        await take(operator, model, one);
        const sequence = model.sequences.length;
        const newest = (await operator.call('GET', '/sequences?limit=1')).body.items[0];
        expect(newest?.sequence).toBe(sequence);
        const content = (await operator.call('GET', `/sequences/${sequence}/content`)).body as unknown as {
          resources: readonly { kind: ResourceKind; id: string; version: number }[];
        };
        expect(content.resources.map(({ kind, id, version }) => [kind, id, version])).toEqual(model.sequences.at(-1));
      }
      // The last word is a sequence of its own, whose parts the answer names.
      const last = model.sequences.length;
      const again = await operator.call('POST', '/rollback', { sequence: last });
      expect(again.body.parts).toEqual(await partsOf(operator, model.sequences[last - 1] ?? []));
      expect((await operator.call('GET', '/audit/verify')).body.intact).toBe(true);
    }),
    { numRuns: process.env.SELVEDGE_NIGHTLY ? 60 : 6 },
  );
}, 1_800_000);
