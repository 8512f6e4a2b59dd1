import type { JsonObject } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { decodeLog } from '../runtime/log/decode-log.ts';
import { readEventPath } from '../runtime/log/event-path.ts';
import type { Log } from '../runtime/log/log.ts';
import { columnValue, createLogColumn, type LogColumn, putValue } from '../runtime/log/log-column.ts';
import type { LogPlan } from '../runtime/program.ts';
import { PACK_HEAD_BYTES, type PackedRest } from './event-pack.ts';

type DecodeText = (bytes: Uint8Array) => string;

/** A pack that was opened. Its log is only read when somebody asks for it. */
export interface OpenPack extends PackedRest {
  readonly plan: LogPlan;
  readonly bytes: Uint8Array;
  /** With all columns of the pack; null: not read yet. */
  log: Log | null;
}

/** Opens packs, and shows each as the log of a program. Packs of people who did the same kinds of things share what was worked out for one. */
export interface PackOpener {
  open(bytes: Uint8Array): Result<OpenPack, 'corrupt'>;
  /** The log that the plan would have kept; rows of other types may be in it, which no query of the plan's program matches. */
  under(pack: OpenPack, plan: LogPlan): Result<Log, 'corrupt'>;
}

/** Where a column of a program comes from: a column of the pack, or what its path finds in several. */
type Origin =
  | { readonly is: 'column'; readonly place: number }
  | { readonly is: 'path'; readonly places: readonly number[] };

const EMPTY: JsonObject = {};
/** UTF-16 units of a rest that is kept. */
const SHORT = 64;

export function createPackOpener(decodeText: DecodeText): PackOpener {
  const plans = new Map<string, LogPlan>();
  const rests = new Map<string, PackedRest>();
  const origins = new WeakMap<LogPlan, WeakMap<LogPlan, readonly Origin[]>>();
  let zeros = new Uint8Array(256);

  function planOf(text: string): LogPlan {
    const known = plans.get(text);
    if (known) return known;
    const columns = (JSON.parse(text) as readonly (readonly string[])[]).map((steps) => ({ steps }));
    const plan: LogPlan = { types: null, columns };
    plans.set(text, plan);
    return plan;
  }

  /** Of most people it is the same few characters. */
  function restOf(text: string): PackedRest {
    const known = rests.get(text);
    if (known) return known;
    const rest = JSON.parse(text) as PackedRest;
    if (text.length <= SHORT) rests.set(text, rest);
    return rest;
  }

  function originsOf(held: LogPlan, wanted: LogPlan): readonly Origin[] {
    const byWanted = origins.get(held) ?? new WeakMap<LogPlan, readonly Origin[]>();
    origins.set(held, byWanted);
    const known = byWanted.get(wanted);
    if (known) return known;
    const found = wanted.columns.map(({ steps }) => originOf(held, steps));
    byWanted.set(wanted, found);
    return found;
  }

  function column(log: Log, origin: Origin, steps: readonly string[]): LogColumn {
    if (origin.is === 'column') return log.columns[origin.place] as LogColumn;
    // A whole context is there, also without members; those that are null are not told apart from those that are missing.
    const isWhole = steps.length === 0 || (steps.length === 1 && steps[0] === 'context');
    if (isWhole || origin.places.length > 0) return derived(log, origin.places, steps);
    if (zeros.length < log.length) zeros = new Uint8Array(2 * log.length);
    const absent = createLogColumn(0, false);
    absent.codes = zeros.subarray(0, log.length);
    return absent;
  }

  return {
    open(bytes) {
      if (bytes.length < PACK_HEAD_BYTES) return err('corrupt');
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const headEnd = PACK_HEAD_BYTES + view.getUint32(0, true);
      const restEnd = headEnd + view.getUint32(4, true);
      if (restEnd > bytes.length) return err('corrupt');
      const plan = planOf(decodeText(bytes.subarray(PACK_HEAD_BYTES, headEnd)));
      const rest = restOf(decodeText(bytes.subarray(headEnd, restEnd)));
      return ok({ ...rest, plan, bytes: bytes.subarray(restEnd), log: null });
    },
    under(pack, plan) {
      if (pack.log === null) {
        const decoded = decodeLog(pack.plan, pack.bytes, decodeText);
        if (!decoded.ok) return err('corrupt');
        pack.log = decoded.value;
      }
      const { log } = pack;
      const from = originsOf(log.plan, plan);
      const columns = from.map((origin, place) => column(log, origin, plan.columns[place]?.steps ?? []));
      return ok({ ...log, plan, columns });
    },
  };
}

function originOf({ columns }: LogPlan, steps: readonly string[]): Origin {
  const isContext = steps[0] === 'context';
  const depth = isContext ? 2 : 1;
  const places = columns.flatMap(({ steps: held }, place) => {
    if ((held.length === 2) !== isContext) return [];
    const named = steps[depth - 1];
    return named === undefined || held[depth - 1] === named ? [place] : [];
  });
  const [only] = places;
  return steps.length === depth && only !== undefined ? { is: 'column', place: only } : { is: 'path', places };
}

/** Reads a deeper path, or a whole context, out of the columns that hold its members. */
function derived(log: Log, places: readonly number[], steps: readonly string[]): LogColumn {
  const column = createLogColumn(Math.max(1, log.length), true);
  for (let row = 0; row < log.length; row++) {
    const members: Record<string, unknown> = {};
    for (const place of places) {
      const name = log.plan.columns[place]?.steps.at(-1) ?? '';
      const value = columnValue(log.columns[place] as LogColumn, row);
      // An own member, whatever it is called.
      if (value !== null) Object.defineProperty(members, name, { value, enumerable: true });
    }
    const held = members as JsonObject;
    const value = steps[0] === 'context' ? readEventPath(EMPTY, held, steps) : readEventPath(held, EMPTY, steps);
    putValue(column, row, value, row);
  }
  return column;
}
