import { describe, expect, it } from 'vitest';
import type { EventType } from '../../../core/event/event-type.ts';
import { EVENT_TYPES, findEventType } from '../../../core/event/registry.ts';
import { readPath } from '../../../core/lib/json.ts';
import { LABELS } from '../../../core/policy/labels.ts';

const TYPES: readonly (readonly [string, EventType])[] = Object.entries(EVENT_TYPES);

/** The members that a schema declares, dotted; zod keeps the shape of an object, and lists hold theirs in `element`. */
function declares(schema: unknown, path: readonly string[]): boolean {
  let current: unknown = schema;
  for (const step of path) {
    while (hasDef(current) && current.def.innerType) current = current.def.innerType;
    if (hasDef(current) && current.def.element) current = current.def.element;
    const shape = hasDef(current) ? current.def.shape : undefined;
    if (!shape || !Object.hasOwn(shape, step)) return false;
    current = shape[step];
  }
  return true;
}

interface Zod {
  readonly def: {
    readonly shape?: Readonly<Record<string, unknown>>;
    readonly innerType?: unknown;
    readonly element?: unknown;
  };
}
const hasDef = (value: unknown): value is Zod => typeof value === 'object' && value !== null && 'def' in value;

describe.each(TYPES)('%s', (name, type) => {
  it('is registered under its own name, noun.verb in the past tense', () => {
    expect(type.type).toBe(name);
    expect(name).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(name.split('.')[1]).toMatch(/(?:ed|en|in|out)$/);
    expect(type.description).toMatch(/\S \S.*\.$/);
  });

  it('has an example that fits, and keeps members of the site’s own', () => {
    const checked = type.schema.safeParse({ ...type.example, ownField: { a: 1 } });
    expect(checked).toMatchObject({ success: true, data: { ...type.example, ownField: { a: 1 } } });
  });

  it('refuses data that is no object', () => {
    for (const data of [null, [], 'x', 7, undefined]) expect(type.schema.safeParse(data).success).toBe(false);
  });

  it('has labels that point at fields of its schema', () => {
    for (const [path, labels] of Object.entries(type.labels)) {
      expect(declares(type.schema, path.split('.')), path).toBe(true);
      expect(labels.length).toBeGreaterThan(0);
      for (const label of labels) expect(LABELS).toContain(label);
    }
  });

  it('may be sent by somebody, and money and attributes by servers only', () => {
    expect(type.sentBy).toContain('server');
    const trusted = type.type.startsWith('order.') || type.type === 'profile.updated';
    if (trusted) expect(type.sentBy).toEqual(['server']);
  });
});

describe('own types', () => {
  it.each(['custom.gift', 'custom.giftWrapped', 'custom.gift.chosen', `custom.a${'b'.repeat(40)}`])(
    '%s is one',
    (name) => {
      expect(findEventType(name)?.type).toBe('custom');
    },
  );

  it.each([
    'custom',
    'custom.',
    'custom.Gift',
    'custom.1',
    'custom.a b',
    'custom.a.b.c',
    `custom.a${'b'.repeat(41)}`,
    'gift',
    'toString',
    '__proto__',
    '',
  ])('%j is none', (name) => {
    expect(findEventType(name)).toBeNull();
  });
});

it('reads a labelled field of every example that has it', () => {
  expect(readPath(EVENT_TYPES['order.placed'].example, ['total'])).toBe(79);
});
