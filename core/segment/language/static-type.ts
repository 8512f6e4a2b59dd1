import type { AttributeType } from '../attribute-type.ts';

/** What is known of a value before any profile is seen. `instant` includes calendar units; `any` is whatever comes. */
export type StaticType =
  | 'any'
  | 'number'
  | 'string'
  | 'boolean'
  | 'instant'
  | 'map'
  | 'event'
  | { readonly list: StaticType };

export function typeOfAttribute(type: AttributeType): StaticType {
  return type === 'list' ? { list: 'any' } : type;
}

export function isListType(type: StaticType): type is { readonly list: StaticType } {
  return typeof type === 'object';
}

/** The type of the elements. */
export function elementOf(type: StaticType): StaticType {
  return isListType(type) ? type.list : 'any';
}

/** How a type is called in an error. */
export function typeName(type: StaticType): string {
  if (isListType(type)) return 'a list';
  const names = {
    any: 'a value',
    number: 'a number',
    string: 'text',
    boolean: 'true or false',
    instant: 'an instant',
    map: 'a map',
    event: 'an event',
  };
  return names[type];
}

/** Whether some values of the two types are equal. Text may be an instant in ISO form. */
export function isComparable(a: StaticType, b: StaticType): boolean {
  if (a === 'any' || b === 'any') return true;
  if (isListType(a) || isListType(b)) return isListType(a) && isListType(b) && isComparable(a.list, b.list);
  if (a === 'map' || a === 'event' || b === 'map' || b === 'event') return false;
  return a === b || (a === 'instant' && b === 'string') || (a === 'string' && b === 'instant');
}

export function hasOrder(type: StaticType): boolean {
  return type === 'any' || type === 'number' || type === 'string' || type === 'instant';
}

/** The type of a value that is one or the other. */
export function joinTypes(types: readonly StaticType[]): StaticType {
  const [first, ...others] = types;
  if (first === undefined) return 'any';
  if (isListType(first)) return others.every(isListType) ? { list: joinTypes(types.map(elementOf)) } : 'any';
  return others.every((type) => type === first) ? first : 'any';
}

const EVENT_FIELDS: Readonly<Record<string, StaticType>> = {
  type: 'string',
  eventType: 'string',
  timestamp: 'instant',
  occurredAt: 'instant',
  _id: 'string',
  source: 'string',
};

/** The type of a field; over a list it maps. */
export function fieldType(type: StaticType, steps: readonly string[]): StaticType {
  const [name, ...rest] = steps;
  if (name === undefined) return type;
  if (isListType(type)) return { list: fieldType(type.list, steps) };
  if (type !== 'event') return 'any';
  const known = Object.hasOwn(EVENT_FIELDS, name) ? EVENT_FIELDS[name] : undefined;
  return known === undefined ? 'any' : fieldType(known, rest);
}
