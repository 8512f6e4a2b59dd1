import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import { type Position, positionAt } from '../../../core/segment/language/position.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';

/**
 * A place in the printed form of a rule → the place in the text that somebody wrote. Both texts have the same tree: the part that begins there is
 * looked up in the other. Null where the text is no rule.
 */
export function placeInRule(written: string, printed: Position): Position | null {
  const own = parseExpression(written);
  const other = own.ok ? parseExpression(printExpression(own.value.tree)) : own;
  if (!own.ok || !other.ok) return null;
  const text = printExpression(own.value.tree);
  const wanted = offsetOf(text, printed);
  const here = nodesOf(own.value.tree);
  const there = nodesOf(other.value.tree);
  let best = 0;
  let offset = -1;
  for (const [index, node] of there.entries()) {
    const at = other.value.offsets.get(node);
    if (at !== undefined && at <= wanted && at >= offset) [best, offset] = [index, at];
  }
  const node = here[best];
  const found = node && own.value.offsets.get(node);
  return positionAt(written, found ?? 0);
}

function offsetOf(text: string, { line, column }: Position): number {
  const lines = text.split('\n');
  return lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}

/** Every object in a tree, in an order that equal trees share. */
function nodesOf(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const members = Array.isArray(value)
    ? value
    : Object.keys(value)
        .sort()
        .map((key) => (value as Record<string, unknown>)[key]);
  return [value, ...members.flatMap(nodesOf)];
}
