import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Base, hashOf } from '../../../cli/selvedge/project/base-file.ts';
import { canonicalResource, type Plain } from '../../../cli/selvedge/project/canonical.ts';
import { fileOf } from '../../../cli/selvedge/project/layout.ts';
import { makePlan, type Plan } from '../../../cli/selvedge/project/make-plan.ts';
import { placeInRule } from '../../../cli/selvedge/project/place-in-rule.ts';
import type { Project } from '../../../cli/selvedge/project/project.ts';
import { readYamlFile } from '../../../cli/selvedge/project/read-yaml-file.ts';
import type { Remote, RemoteResource } from '../../../cli/selvedge/project/remote.ts';
import { keyOf } from '../../../cli/selvedge/project/resource-key.ts';
import { wrapRule } from '../../../cli/selvedge/project/wrap-rule.ts';
import { yamlText } from '../../../cli/selvedge/project/yaml-text.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { stableJson } from '../../../core/lib/stable-json.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { RESOURCE_SCHEMAS } from '../../../core/ruleset/schema.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { positionAt } from '../../../core/segment/language/position.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { demoConfig } from '../../../db/seed/demo-config.ts';
import { tree } from '../../property/language-arbitraries.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;
const nightly = Boolean(process.env.SELVEDGE_NIGHTLY);

const DEMO = demoConfig(
  { writeKey: 'wk_main.abcdefgh12', importWriteKey: 'wk_main.import1234', proofSecret: 'x'.repeat(43) },
  ['https://shop.example'],
);

/** What a server would hold of it. */
const SEEDED: readonly RemoteResource[] = RESOURCE_KINDS.flatMap((kind) => {
  const list = (DEMO as unknown as Readonly<Record<string, readonly Plain[]>>)[KINDS[kind].plural] ?? [];
  return list.map((each) => {
    const { proofKeys: _, ...resource } = canonicalResource(kind, each, null);
    return remote(kind, resource, 1);
  });
});

function remote(kind: ResourceKind, resource: Plain, version: number, archived = false): RemoteResource {
  const id = String(resource.id);
  return { kind, id, version, archived, updatedAt: '2026-11-22T00:00:00Z', updatedBy: 'ada', resource };
}

const mapOf = (resources: readonly RemoteResource[]): Remote => new Map(resources.map((each) => [keyOf(each), each]));

/** What pull would write, read again. */
function pulled(resources: readonly RemoteResource[]): Project {
  const files = resources
    .filter(({ archived }) => !archived)
    .map(({ kind, id, resource }) => readYamlFile(kind, id, fileOf(kind, id), yamlText(kind, resource, null)));
  return {
    folder: '.',
    space: 'main',
    resources: files.flatMap(({ resource }) => (resource ? [resource] : [])),
    problems: files.flatMap(({ problems }) => problems),
    unread: [],
  };
}

function baseOf(resources: readonly RemoteResource[]): Base {
  const entries = resources.map((each) => {
    const hash = hashOf(canonicalResource(each.kind, each.resource, null));
    return [keyOf(each), { version: each.version, hash }] as const;
  });
  return { url: 'u', space: 'main', resources: Object.fromEntries(entries) };
}

const ASKED = { prune: true, force: false };
const changed = ({ changes }: Plan) => changes.map(({ kind, id, action }) => `${action} ${kind} ${id}`).sort();

/** Does to the server what a push would. */
function pushed(before: Remote, { changes }: Plan): Remote {
  const after = new Map(before);
  for (const { kind, id, version, resource } of changes) {
    const key = keyOf({ kind, id });
    const held = after.get(key);
    if (resource === null && held) after.set(key, { ...held, archived: true, version: version + 1 });
    else if (resource)
      after.set(key, remote(kind, canonicalResource(kind, resource, held?.resource ?? null), version + 1));
  }
  return after;
}

const EDITABLE = SEEDED.filter(({ kind }) => kind === 'segment' || kind === 'offer' || kind === 'placement');
const edit = fc.record({
  index: fc.nat(EDITABLE.length - 1),
  name: fc
    .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    .filter((text) => text.trim() === text && text !== ''),
  what: fc.constantFrom('rename', 'archive'),
  side: fc.constantFrom('here', 'there', 'both'),
});

const SPACE = /\s+/g;

/** A place in the printed text is found again in the wrapped one: the same word stands there. */
function expectSamePlaces(printed: string): void {
  const parsed = parseExpression(printed);
  const long = wrapRule(printed);
  for (const offset of parsed.ok ? parsed.value.offsets.values() : []) {
    const found = placeInRule(long, positionAt(printed, offset));
    const start = long
      .split('\n')
      .slice(0, (found?.line ?? 1) - 1)
      .join('\n').length;
    const from = start + (found && found.line > 1 ? 1 : 0) + (found?.column ?? 1) - 1;
    const [one, other] = [printed.slice(offset), long.slice(from)].map((text) =>
      text.replaceAll(SPACE, ' ').slice(0, 12),
    );
    expect(other).toBe(one);
  }
}

describe('files', { timeout: 120_000 }, () => {
  it('say of a rule exactly what is stored, however long it is and whatever stands in its texts', () => {
    fc.assert(
      fc.property(tree, fc.string({ unit: 'binary', maxLength: 60 }), (rule, description) => {
        const read = readRule(rule);
        fc.pre(read.ok);
        const resource = canonicalResource(
          'segment',
          { id: 'a', name: 'A', description, purpose: 'analytics', public: false, rule: read.ok ? read.value : rule },
          null,
        );
        // A tree may still say what its schema refuses, a day of the year 0 for one: then it is nowhere stored.
        fc.pre(RESOURCE_SCHEMAS.segment.safeParse(resource).success);
        const text = yamlText('segment', resource, null);
        const back = readYamlFile('segment', 'a', 'segments/a.yaml', text);
        expect(back.problems).toEqual([]);
        expect(stableJson(canonicalResource('segment', back.resource?.resource ?? {}, null))).toBe(
          stableJson(resource),
        );
        // What did not change is not written anew.
        expect(yamlText('segment', resource, text)).toBe(text);
        expectSamePlaces(printExpression(read.ok ? read.value : rule));
      }),
      { numRuns: nightly ? 5_000 : 100 },
    );
  });

  it('say the annotations of every kind', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
    const word = fc.stringMatching(/^[a-z0-9][a-zé0-9_.-]{0,8}$/);
    const annotations = fc.record(
      {
        description: fc.string({ unit: 'binary', maxLength: 200 }),
        folder: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('/')),
        tags: fc.uniqueArray(
          text.filter((tag) => tag.trim() === tag && tag.length <= 64),
          { maxLength: 5 },
        ),
        owner: text,
      },
      { requiredKeys: [] },
    );
    const kinds = [...new Map(SEEDED.map((each) => [each.kind, each])).values()];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), annotations, ({ kind, id, resource }, notes) => {
        const noted = canonicalResource(kind, { ...resource, ...notes }, null);
        const written = yamlText(kind, noted, null);
        const back = readYamlFile(kind, id, fileOf(kind, id), written);
        expect(back.problems).toEqual([]);
        expect(stableJson(canonicalResource(kind, back.resource?.resource ?? {}, resource))).toBe(stableJson(noted));
        expect(yamlText(kind, noted, written)).toBe(written);
      }),
      { numRuns: nightly ? 2_000 : 60 },
    );
  });

  it('pull, then push, is the identity', () => {
    const project = pulled(SEEDED);
    expect(project.problems).toEqual([]);
    const plan = makePlan(project, mapOf(SEEDED), baseOf(SEEDED), ASKED, NOW);
    expect(changed(plan)).toEqual([]);
    expect(plan).toMatchObject({ conflicts: [], behind: [], unmanaged: [], problems: [], notes: [] });
    expect(plan.agreed.size).toBe(SEEDED.length);
  });

  it('after any edits on both sides get through what was edited here alone, and the rest is left or shown', () => {
    fc.assert(
      fc.property(fc.uniqueArray(edit, { maxLength: 6, selector: ({ index }) => index }), (edits) => {
        const base = baseOf(SEEDED);
        const [here, there] = [new Map(mapOf(SEEDED)), new Map(mapOf(SEEDED))];
        const expected = { changes: [] as string[], conflicts: [] as string[], behind: [] as string[] };
        for (const { index, name, what, side } of edits) {
          const each = EDITABLE[index] as RemoteResource;
          const key = keyOf(each);
          const edited = { ...each, resource: { ...each.resource, name: `${name}!` } };
          if (side !== 'here')
            there.set(key, { ...edited, resource: { ...edited.resource, name: 'theirs' }, version: 2 });
          if (side !== 'there' && what === 'archive') here.delete(key);
          else if (side !== 'there') here.set(key, edited);
          if (side === 'there') expected.behind.push(key);
          else if (side === 'both') expected.conflicts.push(key);
          else expected.changes.push(`${what === 'archive' ? 'archive' : 'update'} ${key}`);
        }
        const project = pulled([...here.values()]);
        const plan = makePlan(project, there, base, ASKED, NOW);
        expect(changed(plan)).toEqual(expected.changes.sort());
        expect(plan.conflicts.map(keyOf).sort()).toEqual(expected.conflicts.sort());
        expect([...plan.behind].sort()).toEqual(expected.behind.sort());
        // With the files in the right, the server ends as they say, and the next plan is empty.
        const forced = makePlan(project, there, base, { prune: true, force: true }, NOW);
        const after = pushed(there, forced);
        expect(changed(makePlan(project, after, null, ASKED, NOW))).toEqual([]);
      }),
      { numRuns: nightly ? 200 : 5 },
    );
  });
});
