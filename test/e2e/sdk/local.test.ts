import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluator as engine, prepareCase } from '../../../cli/conformance/engine-evaluator.ts';
import { runSegmentCases } from '../../../cli/conformance/run-segment-cases.ts';
import { bundleScripts } from '../../../client-sdk/build.ts';
import type { createLocal, LocalProfile } from '../../../client-sdk/src/local.ts';
import { needsGeneralCode } from '../../../core/segment/runtime/create-core-engine.ts';
import type { Program } from '../../../core/segment/runtime/program.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const ROOT = join(import.meta.dirname, '../../..');
/** The specification stands beside the repository, where there is one. */
const FILES = [
  'test/conformance/segments-cases.json',
  'test/conformance/segments-review-cases.json',
  '../shared/spec/segments-cases.json',
].filter((file) => existsSync(join(ROOT, file)));

interface Vector {
  readonly program: Program;
  readonly profile: LocalProfile;
  readonly now: number;
  /** The rule, and its negation: neither is a member where the rule is unknown. */
  readonly ids: readonly [string, string];
  readonly expected: readonly [boolean, boolean];
}

/** What the edge's engine makes of every case of a file whose rules the small engine can run, and of how many it cannot. */
function collectVectors(file: string): { readonly vectors: readonly Vector[]; readonly beyond: number } {
  const vectors: Vector[] = [];
  let beyond = 0;
  runSegmentCases(JSON.parse(readFileSync(join(ROOT, file), 'utf8')), {
    ...engine,
    evaluate: (checked) => {
      const verdict = engine.evaluate(checked);
      const prepared = prepareCase(checked);
      const { program } = prepared.engine;
      if (needsGeneralCode(program)) beyond++;
      else
        vectors.push({
          program,
          profile: {
            attributes: checked.profile,
            scores: checked.scores,
            events: prepared.events.map(({ type, at, id, source, data, context }) => ({
              type,
              at,
              id,
              source,
              data,
              context,
            })),
          },
          now: checked.now,
          ids: [program.segments[prepared.rule]?.id ?? '', program.segments[prepared.negated]?.id ?? ''],
          expected: [verdict === true, verdict === false],
        });
      return verdict;
    },
    // Time does not pass here: changes are the resident engine's.
    changes: () => [],
  });
  return { vectors, beyond };
}

test.each(FILES)('what /local says in a browser is what the edge says: the cases of %s', async (file) => {
  const { vectors, beyond } = collectVectors(file);
  const { local } = (await bundleScripts()).programs;
  stage.peer.pages.set('/', {
    html: `<!doctype html><script nonce="n">${local}</script>`,
    headers: { 'content-security-policy': "script-src 'nonce-n'; require-trusted-types-for 'script'" },
  });
  const page = await stage.open();
  const found = await page.evaluate((text) => {
    const { selvedgeLocal } = window as unknown as { selvedgeLocal: typeof createLocal };
    return (JSON.parse(text) as Vector[]).map(({ program, profile, now, ids }) => {
      const members = selvedgeLocal(program).members(profile, now);
      return ids.map((id) => members.has(id));
    });
  }, JSON.stringify(vectors));
  expect(found).toEqual(vectors.map(({ expected }) => expected));
  expect(vectors.length).toBeGreaterThan(0);
  console.log(`${vectors.length} cases run in the browser, ${beyond} need more than the small engine`);
});

test('a program that needs more than the small engine is refused', async () => {
  const { local } = (await bundleScripts()).programs;
  stage.peer.pages.set('/', { html: `<!doctype html><script>${local}</script>` });
  const page = await stage.open();
  const program = (general: boolean) =>
    ({ ...EMPTY, cells: general ? [{ kind: 'truth', code: ['true'], reads: {} }] : [] }) as unknown as Program;
  const run = (given: Program) =>
    page.evaluate((text) => {
      const { selvedgeLocal } = window as unknown as { selvedgeLocal: typeof createLocal };
      try {
        return [...selvedgeLocal(JSON.parse(text)).members({})];
      } catch (cause) {
        return (cause as Error).message;
      }
    }, JSON.stringify(given));
  expect(await run(program(true))).toBe('the program has general code');
  expect(await run(program(false))).toEqual([]);
});

const EMPTY = {
  format: 2,
  logHash: '',
  queryHash: '',
  log: { types: [], columns: [] },
  zone: { name: 'UTC', starts: [], offsets: [0] },
  attributes: [],
  queries: [],
  words: 0,
  predicates: [],
  segments: [],
  code: [],
  order: [],
};
