import { type ParsedExpression, parseExpression } from '../../../core/segment/language/parse-expression.ts';
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
  const pairs = pairsOf(own.value, other.value);
  let [before, found] = [-1, 0];
  for (const [there, here] of pairs) if (there <= wanted && there >= before) [before, found] = [there, here];
  return positionAt(written, found);
}

/** Where the parts of a rule begin in one text and in the other. */
function pairsOf(own: ParsedExpression, other: ParsedExpression): readonly (readonly [there: number, here: number])[] {
  const [here, there] = [[...own.offsets.values()], [...other.offsets.values()]];
  // Read in the same order. Parts that are in no tree by themselves, such as the variable of a sum, are among them.
  if (here.length === there.length) return there.map((offset, index) => [offset, here[index] ?? 0]);
  const nodes = nodesOf(own.tree);
  return nodesOf(other.tree).flatMap((node, index) => {
    const [one, same] = [other.offsets.get(node), own.offsets.get(nodes[index] ?? {})];
    return one === undefined || same === undefined ? [] : [[one, same] as const];
  });
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
