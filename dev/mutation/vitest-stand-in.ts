import { expect } from 'vitest';

interface Found {
  readonly name: string;
  readonly run: () => void;
}

type Assert = (property: unknown, settings?: { readonly numRuns?: number }) => void;
export interface FastCheck {
  readonly default: { readonly assert: Assert };
}
const FIXED = { seed: 20_261_122, endOnFailure: true };
const MOST_RUNS = 60;
/** Tests that ask the oracle. */
const SLOW = /oracle|property/;
const SLOW_RUNS = 8;

type Body = (...args: readonly unknown[]) => unknown;
/** `test(name, body)`, `test(name, options, body)`, `test(name, body, timeout)`. */
type Rest = readonly unknown[];

const bodyOf = (rest: Rest) => rest.find((part) => typeof part === 'function') as Body;

/** `%s` and `$name` in the name of a row; the position keeps names apart. */
function rowName(pattern: string, row: unknown, position: number): string {
  const first = Array.isArray(row) ? row[0] : row;
  const named = pattern.replace(/\$(\w+)/g, (_, key: string) => String((row as Record<string, unknown>)[key]));
  return `${named.replace(/%[sjoid]/, String(first)).slice(0, 100)} (${position + 1})`;
}

/** Rows that are bare numbers are seeds, and a few of them do. */
const MOST_SEEDS = 3;
const rowsOf = (rows: readonly unknown[]) =>
  rows.every((row) => typeof row === 'number') ? rows.slice(0, MOST_SEEDS) : rows;

/** Below this a count of what random cases met says nothing. */
const LENIENT = { toBeGreaterThan: () => undefined, toBeGreaterThanOrEqual: () => undefined };

/** The part of vitest that the unit tests of the segment rules use, as functions to be called: no worker, no files, no clock. */
export class VitestStandIn {
  static readonly separator = ' > ';
  /** The check that stands for the reading of a file, by the name of any check of it. */
  static readonly readingOf = (name: string) =>
    [name.split(VitestStandIn.separator, 1)[0], '(reading)'].join(VitestStandIn.separator);
  readonly tests: Found[] = [];
  readonly #path: string[] = [];

  /** Random cases of the running test were cut short, so that its counts of them are too small. */
  #isShort = false;
  /** Of the file that is being read, and of the test that is being run. */
  #runs = 0;
  #running = 0;

  readonly #expect = (value: unknown, message?: string): object => {
    const assertion = expect(value, message);
    const own: Readonly<Record<string, (other: never) => void>> = {
      // Vitest's own asks its worker.
      toBeOneOf: (options: readonly unknown[]) => expect(options, message).toContain(value),
      ...(this.#isShort && typeof value === 'number' && LENIENT),
    };
    return new Proxy(assertion, { get: (target, name) => own[String(name)] ?? Reflect.get(target, name, target) });
  };

  /** Vitest's own, but for what it says of values: `expect.any`, `expect.unreachable` … */
  readonly expect = new Proxy(this.#expect, { get: (_, name) => Reflect.get(expect, name) });

  /**
   * What the file's tests share is computed while it is read: that counts as covered by a check of its own, whose name is returned, and
   * where that one is wanted all of the file are.
   */
  begin(file: string): string {
    this.#path.length = 0;
    this.#path.push(file);
    this.#runs = SLOW.test(file) ? SLOW_RUNS : MOST_RUNS;
    const name = VitestStandIn.readingOf(file);
    this.tests.push({ name, run: () => undefined });
    return name;
  }

  /** fast-check with fewer runs than `npm test` has, always the same, and no search for the smallest example. */
  briefly(fastCheck: FastCheck): object {
    const assert: Assert = (property, settings) => {
      const most = settings?.numRuns ?? 100;
      const numRuns = Math.min(most, this.#running);
      fastCheck.default.assert(property, { ...settings, ...FIXED, numRuns });
      if (numRuns < most) this.#isShort = true;
    };
    return { ...fastCheck, default: { ...fastCheck.default, assert }, assert };
  }

  readonly describe = Object.assign((name: string, ...rest: Rest) => this.#group(name, () => bodyOf(rest)()), {
    each:
      (rows: readonly unknown[]) =>
      (name: string, ...rest: Rest) => {
        for (const [i, row] of rows.entries())
          this.#group(rowName(name, row, i), () => bodyOf(rest)(...(Array.isArray(row) ? row : [row])));
      },
  });

  readonly test = Object.assign((name: string, ...rest: Rest) => this.#add(name, rest, []), {
    each:
      (rows: readonly unknown[]) =>
      (name: string, ...rest: Rest) => {
        for (const [i, row] of rowsOf(rows).entries())
          this.#add(rowName(name, row, i), rest, Array.isArray(row) ? row : [row]);
      },
    skip: () => undefined,
    // What runs only under some conditions is slow, or wants something beside the code.
    runIf: () => () => undefined,
  });

  readonly it = this.test;

  #group(name: string, body: () => void): void {
    this.#path.push(name);
    body();
    this.#path.pop();
  }

  #add(name: string, rest: Rest, args: readonly unknown[]): void {
    const body = bodyOf(rest);
    const runs = this.#runs;
    const run = () => {
      this.#running = runs;
      this.#isShort = false;
      const result = body(...args);
      if (result instanceof Promise) throw new Error('a test that waits cannot be run here');
    };
    this.tests.push({ name: [...this.#path, name].join(VitestStandIn.separator), run });
  }
}
