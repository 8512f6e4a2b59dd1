import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASONS, REJECTIONS } from '../../../core/decision/proposition.ts';
import { REFUSALS } from '../../../core/event/refusal.ts';
import { IGNORED } from '../../../core/identity/ignored-identity.ts';
import { LIMITS } from '../../../core/lib/limits.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Some answers need an operator's act before them, such as an erasure. */
const DOORS = ['test/worker/edge', 'test/worker/admin'].map((folder) => join(ROOT, folder));
const tests = DOORS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
).join('\n');

describe('every code that an answer may carry is expected by a test at the door', () => {
  it.each([...Object.keys(REFUSALS), ...Object.keys(IGNORED), ...Object.keys(REASONS), ...Object.keys(REJECTIONS)])(
    '%s',
    (code) => {
      expect(tests).toContain(`'${code}'`);
    },
  );
});

it('every limit has a positive value, a unit and a reason, and stands in the docs', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/limits.md'), 'utf8');
  for (const [name, { value, unit, reason }] of Object.entries(LIMITS)) {
    expect(value).toBeGreaterThan(0);
    expect(page).toContain(`| \`${name}\` | ${value.toLocaleString('en-US')} | ${unit} | ${reason} |`);
  }
});
