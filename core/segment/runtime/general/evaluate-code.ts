import { neighbour, unitUntil } from '../calendar/unit-around.ts';
import type { BindingCode, Code } from '../code.ts';
import { EVENT_FIELD } from '../program.ts';
import type { Reader } from '../reader.ts';
import { EventRow, InstantValue, SpanValue, type Value } from '../value.ts';
import { callFunction } from './call-function.ts';
import { searchChain } from './chain.ts';
import { compare } from './comparing.ts';
import { entryOf } from './entry-of.ts';
import { extremeOf } from './extreme-of.ts';
import { arithmetic, isNumber } from './moving-number.ts';
import { occurs } from './occurs.ts';
import { someOf } from './some-of.ts';
import { totalOf } from './total-of.ts';
import { truthOf } from './truth-of.ts';

/**
 * Walks general code. What it names in `slots` is written there; every later instant at which the value may look different is told to
 * the reader, except for what moves by itself (`now`, decaying numbers): whoever compares that names the instant.
 */
export function evaluateCode(code: Code, reader: Reader, slots: Value[]): Value {
  switch (code.op) {
    case 'literal':
      return code.value;
    case 'span':
      return new SpanValue(code.start, code.end);
    case 'calendar': {
      reader.changesAt(unitUntil(reader.now, code.unit, reader.zone));
      return neighbour(reader.now, code.unit, code.shift, reader.zone);
    }
    case 'now':
      return new InstantValue(reader.now, true);
    case 'list': {
      const items = code.items.map((item) => evaluateCode(item, reader, slots));
      return items.filter((item) => item !== null);
    }
    case 'attribute':
      return reader.attribute(code.attribute) ?? (code.otherwise < 0 ? null : reader.cell(code.otherwise));
    case 'cell':
      return reader.cell(code.cell);
    case 'member':
      return reader.member(code.segment);
    case 'score':
      return reader.score(code.model);
    case 'slot':
      return slots[code.slot] ?? null;
    case 'rows':
      return reader.rows(code.query, code.window);
    case 'field':
      return fieldOf(evaluateCode(code.of, reader, slots), code.steps, 0, code.column, reader);
    case 'and':
    case 'or':
      return someOf(code.of, code.op === 'or', (part) => truthOf(evaluateCode(part, reader, slots)));
    case 'not': {
      const truth = truthOf(evaluateCode(code.of, reader, slots));
      return truth === null ? null : !truth;
    }
    case 'if': {
      const truth = truthOf(evaluateCode(code.condition, reader, slots));
      return truth === null ? null : evaluateCode(truth ? code.whenTrue : code.whenFalse, reader, slots);
    }
    case 'compare':
      return compare(evaluateCode(code.left, reader, slots), code.is, evaluateCode(code.right, reader, slots), reader);
    case 'arithmetic':
      return arithmetic(
        evaluateCode(code.left, reader, slots),
        code.is,
        evaluateCode(code.right, reader, slots),
        reader,
      );
    case 'call':
      return callFunction(code, reader, slots, evaluateCode);
    case 'filter':
      return elementsOf({ slot: code.slot, from: code.of, where: code.where }, reader, slots);
    case 'select':
    case 'exists':
    case 'forall':
      return quantify(code.bindings, 0, code.op, reader, slots);
    case 'sum':
    case 'average':
    case 'min':
    case 'max': {
      const found = elementsOf(code, reader, slots);
      if (found === null) return null;
      const values = found.map((item) => {
        slots[code.slot] = item;
        return evaluateCode(code.value, reader, slots);
      });
      return code.op === 'min' || code.op === 'max'
        ? extremeOf(values, code.op === 'max' ? 1 : -1, reader)
        : totalOf(values.filter(isNumber), code.op === 'average', reader);
    }
    case 'let':
      slots[code.slot] = evaluateCode(code.value, reader, slots);
      return evaluateCode(code.in, reader, slots);
    case 'occurs':
      return occurs(evaluateCode(code.of, reader, slots), code.when, reader, (part) =>
        evaluateCode(part, reader, slots),
      );
    case 'chain':
      return searchChain(code, reader, slots, evaluateCode);
  }
}

/** Own fields below a value, from the step `from` on; over a list it maps. */
function fieldOf(value: Value, steps: readonly string[], from: number, column: number, reader: Reader): Value {
  if (value instanceof EventRow) return column === EVENT_FIELD.none ? null : reader.column(value.row, column);
  if (Array.isArray(value)) {
    return value.map((item) => fieldOf(item, steps, from, column, reader)).filter((item) => item !== null);
  }
  const name = steps[from];
  return name === undefined ? value : fieldOf(entryOf(value, name), steps, from + 1, EVENT_FIELD.none, reader);
}

function matches(where: Code | null, reader: Reader, slots: Value[]): boolean {
  return where === null || truthOf(evaluateCode(where, reader, slots)) === true;
}

/** The elements that match; null where there is no list. */
function elementsOf({ slot, from, where }: BindingCode, reader: Reader, slots: Value[]): readonly Value[] | null {
  const list = evaluateCode(from, reader, slots);
  if (!Array.isArray(list)) return null;
  if (where === null) return list;
  return list.filter((item) => {
    slots[slot] = item;
    return matches(where, reader, slots);
  });
}

/** `select`: a list. Else true or false; of an absent list unknown, inside of another binding no match. */
function quantify(
  bindings: readonly BindingCode[],
  depth: number,
  op: 'exists' | 'forall' | 'select',
  reader: Reader,
  slots: Value[],
): Value {
  const { slot, from, where } = bindings[depth] as BindingCode;
  const list = evaluateCode(from, reader, slots);
  if (!Array.isArray(list)) return null;
  const inner = op === 'select' ? 'exists' : op;
  const meets = (item: Value): boolean => {
    slots[slot] = item;
    if (!matches(where, reader, slots)) return false;
    return depth + 1 === bindings.length || quantify(bindings, depth + 1, inner, reader, slots) === true;
  };
  if (op === 'select') return list.filter(meets);
  // The last elements first: of events they stay inside of windows for the longest time.
  return op === 'exists' ? list.findLastIndex(meets) >= 0 : list.every(meets);
}
