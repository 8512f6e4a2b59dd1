import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import {
  elementOf,
  fieldType,
  hasOrder,
  isComparable,
  isListType,
  joinTypes,
  type StaticType,
  typeName,
  typeOfAttribute,
} from '../../../core/segment/language/static-type.ts';
import { type Check, checkEach } from '../check.ts';

const PLAIN = ['any', 'number', 'string', 'boolean', 'instant', 'map', 'event'] as const;
const listOf = (list: StaticType): StaticType => ({ list });

/** Types that differ and of which some values are equal. */
const ALIKE = new Set(['instant string', 'string instant']);

/** What is known of values before any profile is seen. */
export const checks: readonly Check[] = [
  {
    name: 'which types may be equal',
    run: () => {
      for (const a of PLAIN) {
        for (const b of PLAIN) {
          const object = (type: StaticType) => type === 'map' || type === 'event';
          const open = a === 'any' || b === 'any';
          const expected = open || (!object(a) && !object(b) && (a === b || ALIKE.has(`${a} ${b}`)));
          strictEqual(isComparable(a, b), expected, `${a} and ${b}`);
          strictEqual(isComparable(listOf(a), listOf(b)), expected, `lists of ${a} and ${b}`);
        }
        strictEqual(isComparable(a, listOf('any')), a === 'any');
        strictEqual(isComparable(listOf('any'), a), a === 'any');
      }
      strictEqual(isComparable(listOf(listOf('number')), listOf(listOf('string'))), false);
    },
  },
  {
    name: 'which types have an order',
    run: () => deepStrictEqual(PLAIN.filter(hasOrder), ['any', 'number', 'string', 'instant']),
  },
  {
    name: 'no list has an order',
    run: () => strictEqual(hasOrder(listOf('number')), false),
  },
  {
    name: 'lists and their elements',
    run: () => {
      deepStrictEqual(
        PLAIN.map(isListType),
        PLAIN.map(() => false),
      );
      strictEqual(isListType(listOf('map')), true);
      deepStrictEqual(
        PLAIN.map(elementOf),
        PLAIN.map(() => 'any'),
      );
      strictEqual(elementOf(listOf('map')), 'map');
    },
  },
  {
    name: 'types of attributes',
    run: () => {
      strictEqual(typeOfAttribute('number'), 'number');
      deepStrictEqual(typeOfAttribute('list'), { list: 'any' });
    },
  },
  {
    name: 'names of types',
    run: () => {
      deepStrictEqual(PLAIN.map(typeName), [
        'a value',
        'a number',
        'text',
        'true or false',
        'an instant',
        'a map',
        'an event',
      ]);
      strictEqual(typeName(listOf('number')), 'a list');
    },
  },
  ...checkEach(
    'joined types',
    [
      [[], 'any'],
      [['number'], 'number'],
      [['number', 'number'], 'number'],
      [['number', 'string'], 'any'],
      [['number', 'number', 'string'], 'any'],
      [[listOf('number'), listOf('number')], listOf('number')],
      [[listOf('number'), listOf('string')], listOf('any')],
      [[listOf('number'), 'number'], 'any'],
      [['number', listOf('number')], 'any'],
      [[listOf('number'), listOf('number'), 'any'], 'any'],
      [[listOf(listOf('number')), listOf(listOf('number'))], listOf(listOf('number'))],
    ] as const,
    (types, joined) => deepStrictEqual(joinTypes(types), joined),
  ),
  ...checkEach(
    'type of a field',
    [
      ['event', [], 'event'],
      ['event', ['type'], 'string'],
      ['event', ['eventType'], 'string'],
      ['event', ['timestamp'], 'instant'],
      ['event', ['occurredAt'], 'instant'],
      ['event', ['_id'], 'string'],
      ['event', ['source'], 'string'],
      ['event', ['context', 'type'], 'any'],
      ['event', ['type', 'x'], 'any'],
      ['event', ['toString'], 'any'],
      ['map', ['type'], 'any'],
      ['number', ['x'], 'any'],
      ['number', [], 'number'],
      [listOf('event'), ['type'], listOf('string')],
      [listOf('event'), [], listOf('event')],
      [listOf('map'), ['type'], listOf('any')],
    ] as const,
    (type, steps, expected) => deepStrictEqual(fieldType(type, steps), expected),
  ),
];
