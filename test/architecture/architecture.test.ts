import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORE_ORDER } from './house.ts';
import { describeViolation } from './rule.ts';
import { RULES } from './rules/all.ts';
import { readTree } from './tree.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the house', () => {
  const tree = readTree(ROOT);
  const paths = [...tree.files.keys()];

  it('was really looked at', () => {
    expect(paths.length).toBeGreaterThan(50);
    expect(paths).toContain('core/lib/result.ts');
    const imports = [...tree.files.values()].flatMap((file) => file.imports);
    expect(imports.filter(({ target }) => target !== null && tree.files.has(target)).length).toBeGreaterThan(50);
  });

  it.each(RULES)('keeps the rule $id', (rule) => {
    expect(rule.check(tree).map((violation) => describeViolation(rule, violation))).toEqual([]);
  });

  it('has core in the order that the design names', () => {
    const design = readFileSync(join(ROOT, 'docs/design/foundation.md'), 'utf8').replace(/\s+/g, ' ');
    expect(design).toContain(`Order: ${CORE_ORDER.join(', ')}.`);
  });
});
