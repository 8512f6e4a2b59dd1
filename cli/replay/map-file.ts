import type { MappedEvent } from '../../core/source/build-event.ts';
import { type CompiledMapping, missingColumns } from '../../core/source/compile-mapping.ts';
import { createMapper } from '../../core/source/mapper.ts';
import { readRows, type SourceFile } from './read-rows.ts';
import { MappingTally } from './tally.ts';

/** Which events are played: half-open in original event time (ms since 1970), then at most `limit` of them. */
export interface Selection {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number | null;
}

export interface MappedFile {
  /** The selected events in file order. */
  readonly events: AsyncIterable<MappedEvent>;
  readonly tally: MappingTally;
  /** Events outside --from and --to. */
  outside(): number;
  bytesRead(): number;
}

/** Streams a file through its mapping. The same file, mapping and selection give the same events in the same order. */
export function mapFile(file: SourceFile, compiled: CompiledMapping, selection: Selection): MappedFile {
  const reader = readRows(file, (header) => missingColumns(compiled, header));
  const mapper = createMapper(compiled);
  const tally = new MappingTally();
  let outside = 0;
  let selected = 0;

  async function* events(): AsyncGenerator<MappedEvent> {
    for await (const row of reader.rows) {
      tally.rows++;
      yield* select('raw' in row ? mapper.push(row.row, row.raw) : mapper.skip(row.row, row.unreadable));
      if (isComplete()) return;
    }
    yield* select(mapper.end());
  }

  function* select(outcomes: ReturnType<typeof mapper.push>): Generator<MappedEvent> {
    for (const outcome of outcomes) {
      if (isComplete()) return;
      tally.count(outcome);
      if (outcome.kind !== 'event') continue;
      const { at } = outcome.event;
      if ((selection.fromMs !== null && at < selection.fromMs) || (selection.toMs !== null && at >= selection.toMs)) {
        outside++;
      } else {
        selected++;
        yield outcome.event;
      }
    }
  }

  function isComplete(): boolean {
    return selection.limit !== null && selected >= selection.limit;
  }

  return { events: events(), tally, outside: () => outside, bytesRead: reader.bytesRead };
}

/** Reads the whole file once for the time of its last selected event; null when it has none. */
export async function findLastInstant(
  file: SourceFile,
  compiled: CompiledMapping,
  selection: Selection,
): Promise<number | null> {
  let last: number | null = null;
  for await (const event of mapFile(file, compiled, selection).events) {
    if (last === null || event.at > last) last = event.at;
  }
  return last;
}
