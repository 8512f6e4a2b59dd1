import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { checkRule, type KnownNames, type SegmentReference } from './check-rule.ts';
import { lowerSegments } from './lower.ts';
import type { SegmentProblem } from './problem.ts';
import type { SegmentProgram } from './program.ts';
import { orderSegments } from './segment-order.ts';
import type { CompileContext, SegmentSource } from './segment-source.ts';

/**
 * Compiles all segments of a ruleset at publish. Either a program, or every problem of every rule at once. The program does not depend
 * on the order of the sources.
 */
export function compileSegments(
  sources: readonly SegmentSource[],
  context: CompileContext,
): Result<SegmentProgram, readonly SegmentProblem[]> {
  const problems: SegmentProblem[] = [];
  const most = limit('segmentsPerRuleset');
  if (sources.length > most) {
    const detail = `A ruleset holds at most ${most} segments; these are ${sources.length}.`;
    return err([{ segment: sources[most]?.id ?? '', pointer: '', code: 'tooManySegments', detail }]);
  }
  const names: KnownNames = {
    attributes: context.attributes,
    eventTypes: context.eventTypes,
    segments: new Set(sources.map((source) => source.id)),
  };
  const byId = new Map<string, SegmentSource>();
  const references = new Map<string, readonly SegmentReference[]>();
  for (const [i, source] of sources.entries()) {
    const pointer = source.pointer ?? `/${i}`;
    const named = checkRule(source, `${pointer}/rule`, names, problems);
    if (byId.has(source.id)) {
      problems.push({
        segment: source.id,
        pointer: `${pointer}/id`,
        code: 'duplicateSegment',
        detail: `There is already a segment "${source.id}".`,
      });
    } else {
      byId.set(source.id, source);
      references.set(source.id, named);
    }
  }
  const { order, cycles } = orderSegments(references);
  for (const { from, path, reference } of cycles) {
    const detail = `Segments name each other in a circle: ${path.join(' → ')}.`;
    problems.push({ segment: from, pointer: reference.pointer, code: 'cycle', detail });
  }
  if (problems.length > 0) return err(problems);
  return ok(
    lowerSegments(
      order.flatMap((id) => byId.get(id) ?? []),
      names.attributes,
    ),
  );
}
