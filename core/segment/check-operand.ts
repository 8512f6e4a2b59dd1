import type { JsonPrimitive } from '../lib/json.ts';
import type { AttributeType } from './attribute-type.ts';
import { instantValue } from './comparing.ts';
import type { SegmentProblemCode } from './problem.ts';
import type { Comparison, Operand } from './rule.ts';

export interface OperandProblem {
  readonly code: SegmentProblemCode;
  readonly detail: string;
}

/** What `is` can be asked of a left side of each type. */
const ALLOWED: Readonly<Record<AttributeType, readonly Comparison[]>> = {
  string: ['=', '!=', '<', '<=', '>', '>=', 'in', 'notIn', 'contains', 'startsWith', 'isNull', 'isNotNull'],
  number: ['=', '!=', '<', '<=', '>', '>=', 'in', 'notIn', 'isNull', 'isNotNull'],
  instant: ['=', '!=', '<', '<=', '>', '>=', 'in', 'notIn', 'isNull', 'isNotNull'],
  boolean: ['=', '!=', 'in', 'notIn', 'isNull', 'isNotNull'],
  list: ['contains', 'isNull', 'isNotNull'],
};

const mismatch = (detail: string): OperandProblem => ({ code: 'typeMismatch', detail });

/** Checks a literal against the comparison and, where it is known, the type of the left side. An attribute as value is not its business. */
export function checkLiteral(
  type: AttributeType | null,
  is: Comparison,
  value: Operand | undefined,
): OperandProblem | null {
  if (type !== null && !ALLOWED[type].includes(is)) {
    return mismatch(`A ${type} cannot be compared by "${is}". Possible: ${ALLOWED[type].join(', ')}.`);
  }
  if (is === 'isNull' || is === 'isNotNull') {
    return value === undefined ? null : { code: 'unexpectedValue', detail: `"${is}" takes no value.` };
  }
  if (value === undefined) return { code: 'missingValue', detail: `"${is}" needs a value.` };
  if (is === 'in' || is === 'notIn') return checkList(type, is, value);
  if (Array.isArray(value)) return mismatch(`"${is}" takes one value, not a list. Did you mean "in"?`);
  return checkOne(type, is, value as JsonPrimitive);
}

function checkList(type: AttributeType | null, is: Comparison, value: Operand): OperandProblem | null {
  if (!Array.isArray(value)) return mismatch(`"${is}" takes a list of values.`);
  if (value.length === 0) return { code: 'emptyList', detail: `"${is}" with an empty list says nothing.` };
  for (const item of value as readonly JsonPrimitive[]) {
    const found = checkOne(type, '=', item);
    if (found !== null) return found;
  }
  return null;
}

function checkOne(type: AttributeType | null, is: Comparison, value: JsonPrimitive): OperandProblem | null {
  if (value === null) return { code: 'missingValue', detail: 'null is no value: use "isNull" or "isNotNull".' };
  if (is === 'startsWith' && typeof value !== 'string') return mismatch('"startsWith" takes text.');
  if (typeof value === 'boolean' && (is === '<' || is === '<=' || is === '>' || is === '>='))
    return mismatch('true and false have no order.');
  if (type === null || type === 'list') return null;
  if (type === 'instant') {
    return instantValue(value) === null
      ? mismatch(`${JSON.stringify(value)} is no instant: ISO 8601 with an offset, or milliseconds.`)
      : null;
  }
  return typeof value === type
    ? null
    : mismatch(`A ${type} is compared with ${JSON.stringify(value)}, which is a ${typeof value}.`);
}

/** Whether an attribute of this type can be the right side of the comparison with an event's field. */
export function checkAttributeOperand(type: AttributeType, is: Comparison): OperandProblem | null {
  switch (is) {
    case 'isNull':
    case 'isNotNull':
      return { code: 'unexpectedValue', detail: `"${is}" takes no value.` };
    case 'in':
    case 'notIn':
      return type === 'list' ? null : mismatch(`"${is}" takes a list, the attribute is a ${type}.`);
    case 'startsWith':
      return type === 'string' ? null : mismatch(`"startsWith" takes text, the attribute is a ${type}.`);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return type === 'boolean' || type === 'list' ? mismatch(`A ${type} has no order.`) : null;
    default:
      return type === 'list' ? mismatch(`"${is}" takes one value, the attribute is a list.`) : null;
  }
}
