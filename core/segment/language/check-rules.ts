import { err, ok, type Result } from '../../lib/result.ts';
import type { AttributeType } from '../attribute-type.ts';
import { checkCondition, inferType } from './check-expression.ts';
import { type Check, type OuterNames, PROFILE_SCOPE, type Reference } from './check-scope.ts';
import type { Expression } from './expression.ts';
import { type ParsedExpression, parseExpression } from './parse-expression.ts';
import { positionAt } from './position.ts';
import { printExpression } from './print-expression.ts';
import type { RuleProblem } from './problem.ts';
import { findRuleCycle, type Owner } from './rule-cycle.ts';
import { type StaticType, typeOfAttribute } from './static-type.ts';

/** Rules and measures that are published together. */
export interface RuleTexts {
  /** Rules by segment id: text, or a stored tree, whose canonical text is checked then. */
  readonly segments: ReadonlyMap<string, string | Expression>;
  /** Named expressions. */
  readonly measures: ReadonlyMap<string, string | Expression>;
  /** Null where a profile may hold anything: then names are not checked and nothing is known of their types. */
  readonly attributes: ReadonlyMap<string, AttributeType> | null;
  readonly models: ReadonlySet<string> | null;
  /** IANA name. */
  readonly timeZone: string;
}

export interface CheckedRules {
  readonly segments: ReadonlyMap<string, Expression>;
  readonly measures: ReadonlyMap<string, Expression>;
}

/** A problem and the text it was found in; `owner` is null for what concerns them all. */
export interface OwnedProblem extends RuleProblem {
  readonly owner: Owner | null;
}

interface Entry {
  readonly owner: Owner;
  readonly text: string;
  readonly parsed: ParsedExpression;
  readonly references: Reference[];
}

/** Parses and checks rules and measures with each other: syntax, names, types, cycles. Returns every problem it finds. */
export function checkRules(input: RuleTexts): Result<CheckedRules, readonly OwnedProblem[]> {
  const problems: OwnedProblem[] = [];
  if (!isTimeZone(input.timeZone)) {
    const detail = `There is no time zone "${input.timeZone}": expected UTC or an IANA name such as Europe/Berlin.`;
    problems.push({ owner: null, code: 'unknownTimeZone', detail, position: null });
  }
  const segments = parseAll('segment', input.segments, problems);
  const measures = parseAll('measure', input.measures, problems);
  const types = new Map<string, StaticType>();

  const checkOf = (entry: Entry, names: OuterNames): Check => ({
    names,
    offsets: entry.parsed.offsets,
    report: (node, code, detail) => {
      const position = positionAt(entry.text, entry.parsed.offsets.get(node) ?? 0);
      problems.push({ owner: entry.owner, code, detail, position });
    },
    refer: (reference) => entry.references.push(reference),
  });
  const names: OuterNames = {
    attributes: input.attributes && new Map([...input.attributes].map(([id, type]) => [id, typeOfAttribute(type)])),
    measures: new Set(input.measures.keys()),
    segments: new Set(input.segments.keys()),
    models: input.models,
    measureType: (name) => {
      const known = types.get(name);
      const entry = measures.get(name);
      if (known !== undefined || entry === undefined) return known ?? 'any';
      // What a cycle gives is not known; the cycle itself is reported below.
      types.set(name, 'any');
      const type = inferType(checkOf(entry, names), entry.parsed.tree, PROFILE_SCOPE);
      types.set(name, type);
      return type;
    },
  };
  for (const name of measures.keys()) names.measureType(name);
  for (const entry of segments.values()) checkCondition(checkOf(entry, names), entry.parsed.tree, PROFILE_SCOPE);

  const entries = [...segments.values(), ...measures.values()];
  const cycle = findRuleCycle(entries);
  if (cycle) {
    const entry = entries.find(({ owner }) => owner === cycle.owner);
    const offset = entry?.parsed.offsets.get(cycle.node) ?? 0;
    const detail = `A rule cannot depend on itself: ${cycle.path.join(' → ')}.`;
    problems.push({ owner: cycle.owner, code: 'cycle', detail, position: positionAt(entry?.text ?? '', offset) });
  }
  if (problems.length > 0) return err(problems);
  const trees = (of: ReadonlyMap<string, Entry>) => new Map([...of].map(([id, { parsed }]) => [id, parsed.tree]));
  return ok({ segments: trees(segments), measures: trees(measures) });
}

function parseAll(
  kind: Owner['kind'],
  texts: ReadonlyMap<string, string | Expression>,
  problems: OwnedProblem[],
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [name, rule] of texts) {
    const text = typeof rule === 'string' ? rule : printExpression(rule);
    const owner = { kind, name };
    const parsed = parseExpression(text);
    if (parsed.ok) entries.set(name, { owner, text, parsed: parsed.value, references: [] });
    else problems.push({ owner, ...parsed.error });
  }
  return entries;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
