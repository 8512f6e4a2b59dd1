export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Keys that would reach an object's prototype when copied carelessly. They are refused at the door. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export interface JsonCaps {
  /** Deepest nesting of objects and arrays; a bare value has depth 0. */
  readonly maxDepth: number;
  /** Longest string, in UTF-16 units. Keys count too. */
  readonly maxString: number;
  /** Most members of one array or one object. */
  readonly maxItems: number;
}

export type JsonCapProblem = 'tooDeep' | 'stringTooLong' | 'tooManyItems' | 'forbiddenKey';

/** Checks a parsed JSON value against caps. Returns the first problem with its JSON pointer, or null. Never recurses deeper than the cap. */
export function findCapProblem(
  value: unknown,
  caps: JsonCaps,
): { readonly problem: JsonCapProblem; readonly pointer: string } | null {
  const steps: (string | number)[] = [];
  const problem = visit(value, caps, 0, steps);
  if (problem === null) return null;
  // Steps were noted on the way back, the innermost first: most values have no problem and pay for no pointer.
  const pointer = steps.reverse().map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return { problem, pointer: pointer.join('') };
}

function visit(value: unknown, caps: JsonCaps, depth: number, steps: (string | number)[]): JsonCapProblem | null {
  if (typeof value === 'string') return value.length > caps.maxString ? 'stringTooLong' : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= caps.maxDepth) return 'tooDeep';
  if (Array.isArray(value)) {
    if (value.length > caps.maxItems) return 'tooManyItems';
    for (let i = 0; i < value.length; i++) {
      const found = visit(value[i], caps, depth + 1, steps);
      if (found === null) continue;
      steps.push(i);
      return found;
    }
    return null;
  }
  let members = 0;
  for (const key in value) {
    if (FORBIDDEN_KEYS.has(key)) return 'forbiddenKey';
    if (key.length > caps.maxString) return 'stringTooLong';
    if (++members > caps.maxItems) return 'tooManyItems';
    const found = visit((value as Record<string, unknown>)[key], caps, depth + 1, steps);
    if (found === null) continue;
    steps.push(key);
    return found;
  }
  return null;
}

/** Reads a dotted path (`cart.total`) through own properties only; `undefined` when any step is missing. */
export function readPath(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
    if (!Object.hasOwn(current, step)) return undefined;
    current = (current as JsonObject)[step];
  }
  return current;
}
