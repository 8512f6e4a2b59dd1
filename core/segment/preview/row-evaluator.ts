import type { JsonValue } from '../../lib/json.ts';
import { type Merged, mergedAttributes } from '../../profile/merge.ts';
import type { Engine } from '../runtime/engine.ts';
import { Evaluator } from '../runtime/evaluator.ts';
import { createLog, type Log } from '../runtime/log/log.ts';
import type { RowEvaluator } from './movements.ts';
import type { OpenPack, PackOpener } from './open-pack.ts';
import type { SampleRow } from './sample-shard.ts';

/** One program, and what of it is asked for. */
export interface RowProgram {
  readonly engine: Engine;
  /** Ids that the program has; others that they are built on are evaluated and not told. */
  readonly segments: readonly string[];
  /** How attributes are merged under its ruleset. */
  readonly attributes: ReadonlyMap<string, Merged>;
}

/** Opens the events of a row; the same row twice in a row is opened once, because a shadow run asks two programs about it. */
export type RowOpener = (row: SampleRow) => OpenPack;

export function createRowOpener(packs: PackOpener): RowOpener {
  let last: { readonly row: SampleRow; readonly pack: OpenPack } | null = null;
  return (row) => {
    if (last?.row === row) return last.pack;
    const opened = packs.open(row.log);
    if (!opened.ok) throw new Error('a sample holds events that cannot be read');
    last = { row, pack: opened.value };
    return opened.value;
  };
}

/** Runs a program over rows of a sample, as of `now`, from scratch and in the same memory. */
export function createRowEvaluator(
  { engine, segments, attributes }: RowProgram,
  open: RowOpener,
  packs: PackOpener,
  now: number,
): RowEvaluator<SampleRow> {
  const evaluator = new Evaluator(engine);
  const positions = new Map(engine.program.segments.map(({ id }, position) => [id, position]));
  const places = segments.map((id) => {
    const position = positions.get(id);
    if (position === undefined) throw new Error(`the program has no segment ${id}`);
    return position;
  });
  const told = new Uint8Array(places.length);
  const plan = engine.program.log;
  /** Of programs that look at no event. */
  const noEvents = engine.program.queries.length === 0 ? createLog(plan, 1) : null;
  const logOf = (of: OpenPack): Log => {
    if (noEvents !== null) return noEvents;
    const log = packs.under(of, plan);
    if (!log.ok) throw new Error('a sample holds events that cannot be read');
    return log.value;
  };
  let pack: OpenPack | null = null;
  let row: SampleRow | null = null;
  let merged: ReadonlyMap<string, JsonValue> | null = null;
  const subject = {
    attribute(name: string): JsonValue | undefined {
      if (pack === null || row === null || !Object.hasOwn(pack.said, name)) return row?.attributes.get(name);
      merged ??= mergedAttributes([{ state: 'owned', attributes: pack.said }], attributes);
      return merged.get(name);
    },
    withdrawn: (strand: number) => pack?.withdrawn[strand] ?? 0,
    score: () => undefined,
  };
  return {
    segments,
    members(asked) {
      if (places.length === 0) return told;
      row = asked;
      pack = open(asked);
      merged = null;
      const members = evaluator.evaluate(logOf(pack), subject, now);
      for (let i = 0; i < places.length; i++) told[i] = members[places[i] as number] as number;
      return told;
    },
  };
}
