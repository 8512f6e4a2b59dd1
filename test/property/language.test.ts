import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { limit } from '../../core/lib/limits.ts';
import { checkRules } from '../../core/segment/language/check-rules.ts';
import { describeExpression } from '../../core/segment/language/describe-expression.ts';
import { expressionSchema } from '../../core/segment/language/expression.schema.ts';
import { sizeOf } from '../../core/segment/language/expression-size.ts';
import { parseExpression } from '../../core/segment/language/parse-expression.ts';
import { compilePattern } from '../../core/segment/language/pattern.ts';
import { printExpression } from '../../core/segment/language/print-expression.ts';
import { matchGroups } from '../../core/segment/runtime/pattern/match-groups.ts';
import { soup, tree } from './language-arbitraries.ts';

/** fast-check prints seed and path of a failure; SELVEDGE_SEED runs that seed again. */
const CASES = process.env.SELVEDGE_NIGHTLY ? 100_000 : 2_000;
const seed = process.env.SELVEDGE_SEED;
const settings = { numRuns: CASES, ...(seed !== undefined && { seed: Number(seed) }) };
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 3_600_000 : 60_000;
/** Far above what any text within the limits takes, far below a hang. */
const HANG_MS = 2_000;

function check(text: string) {
  return checkRules({
    segments: new Map([['it', text]]),
    measures: new Map(),
    attributes: null,
    models: null,
    timeZone: 'UTC',
  });
}

describe('the language, for any text', () => {
  test('never throws or hangs, and places every refusal inside of the text', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        const start = performance.now();
        const found = check(text);
        expect(performance.now() - start).toBeLessThan(HANG_MS);
        if (found.ok) return;
        const lines = text.split(/\r\n?|\n/);
        for (const { position, detail } of found.error) {
          expect(detail).not.toBe('');
          expect(position?.line).toBeLessThanOrEqual(lines.length);
          expect(position?.column).toBeLessThanOrEqual((lines[(position?.line ?? 1) - 1] ?? '').length + 1);
        }
      }),
      settings,
    );
  });

  test('every accepted text has a canonical text with the same tree', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.oneof(soup, tree.map(printExpression)), (text) => {
        const first = parseExpression(text);
        fc.pre(first.ok);
        if (!first.ok) return;
        const canonical = printExpression(first.value.tree);
        const second = parseExpression(canonical);
        expect(second.ok && second.value.tree, canonical).toEqual(first.value.tree);
      }),
      settings,
    );
  });
});

describe('the language, for any tree', () => {
  test('prints text that parses to the same tree, and has a sentence', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(tree, (node) => {
        fc.pre(sizeOf(node, limit('ruleDepth')).tooDeep === null && sizeOf(node, 99).nodes <= limit('ruleNodes'));
        const text = printExpression(node);
        const parsed = parseExpression(text);
        expect(parsed.ok ? parsed.value.tree : parsed.error, text).toEqual(node);
        expect(describeExpression(node)).toMatch(/\.$/);
        check(text);
      }),
      settings,
    );
  });

  test('the schema takes what the parser gives', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(tree, (node) => {
        const parsed = parseExpression(printExpression(node));
        fc.pre(parsed.ok && check(printExpression(node)).ok);
        if (parsed.ok)
          expect(expressionSchema.parse(JSON.parse(JSON.stringify(parsed.value.tree)))).toEqual(parsed.value.tree);
      }),
      { ...settings, numRuns: Math.ceil(CASES / 10), maxSkipsPerRun: 10_000 },
    );
  });
});

describe('patterns', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    'B',
    '.',
    '[ab]',
    '[^a]',
    '\\w',
    '\\d',
    '\\b',
    '^',
    '$',
    '(?i)b',
    '[[:upper:]]',
    'é',
    '\\s',
    '(?:a|)',
    '(b)',
  );
  const pattern = fc
    .array(fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,2}', '|')), {
      maxLength: 6,
    })
    .map((parts) => parts.map(([of, repeat]) => (/^[\^$]$|^\\b$/.test(of) ? of : `${of}${repeat}`)).join(''));
  const text = fc
    .array(fc.constantFrom('a', 'b', 'A', 'B', '1', ' ', 'é', '\n', '😀'), { maxLength: 12 })
    .map((parts) => parts.join(''));

  test('match as RE2 does', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        const compiled = compilePattern(source);
        const accepted = (() => {
          try {
            return RE2JS.compile(source);
          } catch {
            return null;
          }
        })();
        expect(compiled.ok, source).toBe(accepted !== null);
        if (!compiled.ok || !accepted) return;
        const matcher = accepted.matcher(input);
        const expected = matcher.find()
          ? Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? null)
          : null;
        expect(matchGroups(compiled.value, input)).toEqual(expected);
      }),
      settings,
    );
  });
});
