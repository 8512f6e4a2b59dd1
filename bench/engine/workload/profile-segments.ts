import type { Profile, ProfileRule, ProfileSegment } from './descriptor.ts';
import { ATTRIBUTES, type AttributeShape } from './profile.ts';
import type { Random } from './random.ts';

/** Predicates of a segment, each number as often as the others. */
const SIZES: readonly number[] = [2, 3, 4, 5, 6];
/** Share of predicates drawn until one holds for the profile: real segments are made for people who exist. */
const FITTING = 0.4;
const NEGATED_GROUPS = 1 / 6;

/** Rules over attributes: two to six predicates, nested up to three levels, a sixth of the inner groups negated. */
export function createProfileSegments(random: Random, profile: Profile, count: number): readonly ProfileSegment[] {
  const draw = createPredicates(random, profile);
  const size = random.deck(SIZES);
  return Array.from({ length: count }, (_, i) => ({ id: `attribute-${i}`, rule: createRule(random, draw, size()) }));
}

function createRule(
  random: Random,
  draw: () => ProfileRule,
  predicates: number,
  outer: 'and' | 'or' | null = null,
): ProfileRule {
  if (predicates === 1) return draw();
  const is = outer === 'and' ? 'or' : outer === 'or' || random.chance(0.7) ? 'and' : 'or';
  const of: ProfileRule[] = [];
  for (let left = predicates; left > 0; ) {
    // A group never swallows all: it would only be itself under another name.
    const take = random.chance(0.7) ? 1 : Math.min(left, random.whole(2, 3), predicates - 1);
    of.push(createRule(random, draw, take, is));
    left -= take;
  }
  const rule: ProfileRule = { is, of };
  return outer !== null && random.chance(NEGATED_GROUPS) ? { is: 'not', of: rule } : rule;
}

const repeated = <T>(item: T, times: number): readonly T[] => Array.from({ length: times }, () => item);

/** Every attribute and every kind of test comes up equally often, whatever the seed. */
function createPredicates(random: Random, profile: Profile): () => ProfileRule {
  const shape = random.deck(ATTRIBUTES);
  const form = {
    choice: random.deck<'eq' | 'in'>(['eq', 'in', 'in']),
    number: random.deck<'from' | 'below' | 'both'>(['from', 'below', 'both']),
    text: random.deck<'contains' | 'startsWith' | 'matches'>([
      ...repeated('contains' as const, 4),
      ...repeated('startsWith' as const, 5),
      'matches',
    ]),
    flag: () => null,
  };
  return () => {
    const of = shape();
    const drawn = form[of.kind]();
    const fitting = random.chance(FITTING);
    let predicate = createPredicate(random, of, drawn);
    for (let tries = 0; fitting && tries < 8 && !holds(predicate, profile[of.name]); tries++) {
      predicate = createPredicate(random, of, drawn);
    }
    return predicate;
  };
}

type Form = 'eq' | 'in' | 'from' | 'below' | 'both' | 'contains' | 'startsWith' | 'matches' | null;

function createPredicate(random: Random, shape: AttributeShape, form: Form): ProfileRule {
  const attribute = shape.name;
  switch (shape.kind) {
    case 'choice': {
      if (form === 'eq') return { is: 'eq', attribute, value: random.pickSkewed(shape.values) };
      const most = Math.min(16, shape.values.length - 1);
      return { is: 'in', attribute, values: random.sample(shape.values, random.whole(Math.min(4, most), most)) };
    }
    case 'number': {
      const scale = 10 ** shape.decimals;
      const value = () => random.whole(shape.from * scale, shape.to * scale) / scale;
      const [a, b] = [value(), value()];
      if (form === 'from') return { is: 'range', attribute, from: a, below: null };
      if (form === 'below' || a === b) return { is: 'range', attribute, from: null, below: b };
      return { is: 'range', attribute, from: Math.min(a, b), below: Math.max(a, b) };
    }
    case 'text': {
      if (form === 'contains') return { is: 'contains', attribute, text: random.pick(shape.words) };
      if (form === 'startsWith') return { is: 'startsWith', attribute, text: random.pick(shape.prefixes) };
      const words = random.sample(shape.words, 2).join('|');
      return { is: 'matches', attribute, pattern: `(${words})${random.pick(['', '.*[a-z]$', '[^a-z]'])}` };
    }
    case 'flag':
      return { is: 'eq', attribute, value: random.chance(0.5) };
  }
}

function holds(predicate: ProfileRule, value: string | number | boolean | undefined): boolean {
  switch (predicate.is) {
    case 'eq':
      return value === predicate.value;
    case 'in':
      return predicate.values.some((listed) => listed === value);
    case 'range':
      return Number(value) >= (predicate.from ?? -Infinity) && Number(value) < (predicate.below ?? Infinity);
    case 'contains':
      return String(value).includes(predicate.text);
    case 'startsWith':
      return String(value).startsWith(predicate.text);
    case 'matches':
      return new RegExp(predicate.pattern).test(String(value));
    default:
      return false;
  }
}

export function countPredicates(rule: ProfileRule): number {
  if (rule.is === 'not') return countPredicates(rule.of);
  if (rule.is === 'and' || rule.is === 'or') return rule.of.reduce((total, child) => total + countPredicates(child), 0);
  return 1;
}
