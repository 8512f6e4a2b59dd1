import { isSlug } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { AttributeType } from './attribute-type.ts';
import { checkAttributeOperand, checkLiteral, type OperandProblem } from './check-operand.ts';
import { didYouMean } from './nearest-name.ts';
import type { SegmentProblem, SegmentProblemCode } from './problem.ts';
import { canonicalCondition } from './query-key.ts';
import type { EventCondition, EventQuery, Operand, Rule, Window } from './rule.ts';
import { ruleSize } from './rule-size.ts';
import type { SegmentSource } from './segment-source.ts';
import { MAX_WINDOW_MS, windowMs } from './window.ts';

/** A place where a rule names another segment. */
export interface SegmentReference {
  readonly segment: string;
  readonly pointer: string;
}

export interface KnownNames {
  readonly attributes: ReadonlyMap<string, AttributeType>;
  readonly eventTypes: ReadonlySet<string> | undefined;
  readonly segments: ReadonlySet<string>;
}

interface Check {
  readonly source: SegmentSource;
  readonly names: KnownNames;
  readonly problems: SegmentProblem[];
  readonly references: SegmentReference[];
}

/** Checks one rule by itself; appends every problem to `problems` and returns the segments that it names. */
export function checkRule(
  source: SegmentSource,
  pointer: string,
  names: KnownNames,
  problems: SegmentProblem[],
): readonly SegmentReference[] {
  const check: Check = { source, names, problems, references: [] };
  const nodes = ruleSize(source.rule);
  if (nodes < 0) report(check, pointer, 'tooDeep', `A rule nests at most ${limit('ruleDepth')} levels.`);
  else if (nodes > limit('ruleNodes')) {
    report(
      check,
      pointer,
      'tooManyNodes',
      `The rule has ${nodes} nodes and conditions; at most ${limit('ruleNodes')} are allowed.`,
    );
  } else visit(check, source.rule, pointer);
  return check.references;
}

function visit(check: Check, rule: Rule, pointer: string): void {
  switch (rule.op) {
    case 'and':
    case 'or':
      for (const [i, child] of rule.of.entries()) visit(check, child, `${pointer}/of/${i}`);
      return;
    case 'not':
      visit(check, rule.of, `${pointer}/of`);
      return;
    case 'attribute':
      checkAttribute(check, rule, pointer);
      return;
    case 'count':
      checkQuery(check, rule.of, `${pointer}/of`);
      return;
    case 'sum':
      checkField(check, rule.field, `${pointer}/field`);
      checkQuery(check, rule.of, `${pointer}/of`);
      return;
    case 'didNotSince':
      checkQuery(check, rule.did, `${pointer}/did`);
      if (rule.notSince) checkQuery(check, rule.notSince, `${pointer}/notSince`);
      if (rule.thenSince) checkQuery(check, rule.thenSince, `${pointer}/thenSince`);
      if (rule.notSince && rule.thenSince && covers(rule.notSince, rule.thenSince)) {
        report(
          check,
          `${pointer}/thenSince`,
          'neverTrue',
          'Every event that "thenSince" asks for is one that "notSince" forbids.',
        );
      }
      return;
    case 'inSegment':
      if (check.names.segments.has(rule.segment))
        check.references.push({ segment: rule.segment, pointer: `${pointer}/segment` });
      else unknownSegment(check, rule.segment, `${pointer}/segment`);
  }
}

function checkAttribute(check: Check, rule: Extract<Rule, { op: 'attribute' }>, pointer: string): void {
  const type = check.names.attributes.get(rule.name);
  if (type === undefined) unknownAttribute(check, rule.name, `${pointer}/name`);
  else if (isAttributeOperand(rule.value)) {
    report(
      check,
      `${pointer}/value`,
      'unexpectedValue',
      'Only a condition on an event compares with another attribute.',
    );
  } else reportOperand(check, `${pointer}/value`, checkLiteral(type, rule.is, rule.value));
}

function checkQuery(check: Check, query: EventQuery, pointer: string): void {
  const known = check.names.eventTypes;
  for (const [i, type] of query.types.entries()) {
    if (known === undefined || known.has(type) || type.startsWith('custom.')) continue;
    report(
      check,
      `${pointer}/types/${i}`,
      'unknownEventType',
      `There is no event type "${type}".${didYouMean(type, known)}`,
    );
  }
  for (const [i, condition] of (query.where ?? []).entries()) checkCondition(check, condition, `${pointer}/where/${i}`);
  if (query.within) checkWindow(check, query.within, `${pointer}/within`);
}

function checkCondition(check: Check, condition: EventCondition, pointer: string): void {
  checkField(check, condition.field, `${pointer}/field`);
  const { is, value } = condition;
  if (!isAttributeOperand(value)) {
    reportOperand(check, `${pointer}/value`, checkLiteral(null, is, value));
    return;
  }
  const type = check.names.attributes.get(value.attribute);
  if (type === undefined) unknownAttribute(check, value.attribute, `${pointer}/value/attribute`);
  else reportOperand(check, `${pointer}/value`, checkAttributeOperand(type, is));
}

function checkField(check: Check, field: string, pointer: string): void {
  const steps = field.split('.');
  if (steps.includes('')) report(check, pointer, 'badField', `"${field}" is no dotted path of names.`);
  else if (field === 'context')
    report(check, pointer, 'badField', 'Say which member of the context: "context.geo.country".');
}

function checkWindow(check: Check, window: Window, pointer: string): void {
  const ms = windowMs(window);
  if (!(ms > 0)) report(check, pointer, 'emptyWindow', 'A window is at least one millisecond long.');
  else if (ms > MAX_WINDOW_MS)
    report(check, pointer, 'longWindow', 'A window is at most 100 years long: leave it out for "ever".');
}

/** Whether every event of `inner` surely is one of `outer`. */
function covers(outer: EventQuery, inner: EventQuery): boolean {
  if (!inner.types.every((type) => outer.types.includes(type))) return false;
  const conditions = new Set((inner.where ?? []).map(canonicalCondition));
  if (!(outer.where ?? []).every((condition) => conditions.has(canonicalCondition(condition)))) return false;
  if (outer.within === undefined) return true;
  return inner.within !== undefined && windowMs(outer.within) >= windowMs(inner.within);
}

function isAttributeOperand(value: Operand | undefined): value is { readonly attribute: string } {
  return typeof value === 'object' && value !== null && 'attribute' in value;
}

function unknownAttribute(check: Check, name: string, pointer: string): void {
  report(
    check,
    pointer,
    'unknownAttribute',
    `There is no attribute "${name}".${didYouMean(name, check.names.attributes.keys())}`,
  );
}

/** Sources of other owners carry ids that are no slugs: no rule may name them, so none is suggested. */
function unknownSegment(check: Check, id: string, pointer: string): void {
  const suggestion = didYouMean(id, [...check.names.segments].filter(isSlug));
  report(check, pointer, 'unknownSegment', `There is no segment "${id}".${suggestion}`);
}

function reportOperand(check: Check, pointer: string, found: OperandProblem | null): void {
  if (found !== null) report(check, pointer, found.code, found.detail);
}

function report(check: Check, pointer: string, code: SegmentProblemCode, detail: string): void {
  check.problems.push({ segment: check.source.id, pointer, code, detail });
}
