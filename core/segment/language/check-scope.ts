import { didYouMean } from '../nearest-name.ts';
import type { Path } from './expression.ts';
import type { Offsets } from './position.ts';
import type { RuleProblemCode } from './problem.ts';
import { fieldType, type StaticType } from './static-type.ts';

/** Names outside of the expression that is checked. */
export interface OuterNames {
  /** Declared attributes and their types; null where a profile may hold anything. */
  readonly attributes: ReadonlyMap<string, StaticType> | null;
  readonly measures: ReadonlySet<string>;
  readonly measureType: (name: string) => StaticType;
  readonly segments: ReadonlySet<string>;
  /** Published models; null where they are not known. */
  readonly models: ReadonlySet<string> | null;
}

/** What names mean at one place of an expression. */
export interface CheckScope {
  readonly variables: ReadonlyMap<string, StaticType>;
  /** Enclosing elements, the innermost last. */
  readonly elements: readonly StaticType[];
  /** Chain labels that name no event here, and why. */
  readonly closedLabels: ReadonlyMap<string, string>;
}

export const PROFILE_SCOPE: CheckScope = { variables: new Map(), elements: [], closedLabels: new Map() };

/** A use of another segment or measure. */
export interface Reference {
  readonly kind: 'segment' | 'measure';
  readonly name: string;
  readonly node: object;
}

/** One checked expression: its names, and what was found. */
export interface Check {
  readonly names: OuterNames;
  readonly offsets: Offsets | null;
  readonly report: (node: object, code: RuleProblemCode, detail: string) => void;
  readonly refer: (reference: Reference) => void;
}

export function withElement(scope: CheckScope, element: StaticType): CheckScope {
  return { ...scope, elements: [...scope.elements, element] };
}

export function withVariable(scope: CheckScope, name: string, type: StaticType): CheckScope {
  return { ...scope, variables: new Map([...scope.variables, [name, type]]) };
}

/** The type of a path, after looking its first name up where the path stands. */
export function pathType(check: Check, path: Path, scope: CheckScope): StaticType {
  const { climb, steps } = path;
  const [name, ...rest] = steps;
  if (climb > scope.elements.length) {
    const levels = scope.elements.length;
    check.report(
      path,
      'badClimb',
      levels === 0 ? '"^" has nothing to climb to: this is the profile already.' : `"^" climbs at most ${levels} here.`,
    );
    return 'any';
  }
  if (climb === 0 && name !== undefined) {
    const variable = scope.variables.get(name);
    if (variable !== undefined) return fieldType(variable, rest);
    const closed = scope.closedLabels.get(name);
    if (closed !== undefined) {
      check.report(path, 'badChain', closed);
      return 'any';
    }
    // Reserved at every level: it is never absent.
    if (name === 'xEvent') return fieldType(profileName(check, path, name), rest);
  }
  const element = scope.elements[scope.elements.length - 1 - climb];
  if (element !== undefined) return fieldType(element, steps);
  if (name === undefined) {
    check.report(path, 'badClimb', 'The profile itself is no value: name one of its attributes.');
    return 'any';
  }
  return fieldType(profileName(check, path, name), rest);
}

function profileName(check: Check, path: Path, name: string): StaticType {
  if (name === 'xEvent') return { list: 'event' };
  const { attributes, measures } = check.names;
  const attribute = attributes?.get(name);
  if (attribute !== undefined) return attribute;
  if (measures.has(name)) {
    check.refer({ kind: 'measure', name, node: path });
    // Where attributes are not declared, one of that name may hide the measure.
    return attributes === null ? 'any' : check.names.measureType(name);
  }
  if (attributes !== null) {
    const hint = didYouMean(name, ['xEvent', ...attributes.keys(), ...measures]);
    check.report(path, 'unknownName', `There is no attribute or measure "${name}".${hint}`);
  }
  return 'any';
}
