import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node, Scalar } from 'yaml';
import type { Position } from '../../../core/segment/language/position.ts';

export interface YamlSource {
  readonly doc: Document;
  readonly lines: LineCounter;
  readonly text: string;
}

/** The place of a JSON pointer in a file, or of the nearest that is there: a member that is missing is missing in its map. */
export function placeOf({ doc, lines }: YamlSource, pointer: string): Position {
  let node = doc.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of stepsOf(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (!item) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return positionOf(lines, offset);
}

/** The place in the file of a place in the text of a scalar. Exact in a block of `|` and on one line; else the beginning. */
export function placeInText({ doc, lines, text }: YamlSource, pointer: string, inside: Position): Position {
  const node = doc.getIn(stepsOf(pointer), true);
  const start = isScalar(node) ? node.range?.[0] : undefined;
  if (!isScalar(node) || start === undefined) return placeOf({ doc, lines, text }, pointer);
  const head = positionOf(lines, start);
  if (node.type === Scalar.BLOCK_LITERAL) {
    const line = head.line + inside.line;
    const from = lines.lineStarts[head.line] ?? 0;
    const indent = /^ */.exec(text.slice(from))?.[0].length ?? 0;
    return { line, column: indent + inside.column };
  }
  if (inside.line > 1 || node.type === Scalar.BLOCK_FOLDED) return head;
  const quote = node.type === Scalar.PLAIN ? 0 : 1;
  return { line: head.line, column: head.column + quote + inside.column - 1 };
}

function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
