import { inferType } from '../../segment/language/check-expression.ts';
import { type Check, PROFILE_SCOPE } from '../../segment/language/check-scope.ts';
import type { Expression, InSegment, Path } from '../../segment/language/expression.ts';
import { type Reference, to } from './reference.ts';

/**
 * What a rule names. It is checked as if there were nothing, by the code that checks rules for a publish: what that misses is what the rule names, and what a
 * variable or an element means is no reference.
 */
export function ruleReferences(rule: Expression, pointer: string): readonly Reference[] {
  const found: Reference[] = [];
  const check: Check = {
    names: NOTHING,
    offsets: null,
    report: (node, code) => {
      if (code === 'unknownSegment') found.push(to('segment', (node as InSegment).segment, pointer));
      const [name] = code === 'unknownName' ? (node as Path).steps : [];
      if (name !== undefined) found.push({ kinds: ['attribute', 'measure'], id: name, pointer });
    },
    refer: () => undefined,
  };
  inferType(check, rule, PROFILE_SCOPE);
  return found;
}

const NOTHING: Check['names'] = {
  attributes: new Map(),
  measures: new Set(),
  measureType: () => 'any',
  segments: new Set(),
  models: null,
};
