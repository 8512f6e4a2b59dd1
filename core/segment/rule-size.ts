import { limit } from '../lib/limits.ts';
import type { Rule } from './rule.ts';

/** Rule nodes plus event conditions; negative when the rule is too deep. */
export function ruleSize(rule: Rule, depth = 1): number {
  if (depth > limit('ruleDepth')) return -1;
  switch (rule.op) {
    case 'and':
    case 'or': {
      let sum = 1;
      for (const child of rule.of) {
        const nodes = ruleSize(child, depth + 1);
        if (nodes < 0) return -1;
        sum += nodes;
      }
      return sum;
    }
    case 'not': {
      const nodes = ruleSize(rule.of, depth + 1);
      return nodes < 0 ? -1 : nodes + 1;
    }
    case 'count':
    case 'sum':
      return 1 + (rule.of.where?.length ?? 0);
    case 'didNotSince':
      return (
        1 + (rule.did.where?.length ?? 0) + (rule.notSince?.where?.length ?? 0) + (rule.thenSince?.where?.length ?? 0)
      );
    default:
      return 1;
  }
}
