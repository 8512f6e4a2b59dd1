import { createMovementCounter } from '../../../core/segment/preview/movements.ts';
import { createPackOpener } from '../../../core/segment/preview/open-pack.ts';
import { createRowEvaluator, createRowOpener } from '../../../core/segment/preview/row-evaluator.ts';
import { createEngine } from '../../../core/segment/runtime/engine.ts';
import type { SampleCount, SampleRun } from '../../stores/sample-stub.ts';
import type { SampleKeeper } from './sample-keeper.ts';

const decoder = new TextDecoder();
/** Others are let in after so long. */
const TURN_MS = 50;

/** Asks both programs about every row, one shard in memory at a time. What is touched meanwhile is counted as it was copied. */
export async function countRun(
  keeper: Pick<SampleKeeper, 'shards' | 'isCut'>,
  { at, limit, before, after, examples }: SampleRun,
  now: () => number,
): Promise<SampleCount> {
  const packs = createPackOpener((bytes) => decoder.decode(bytes));
  const open = createRowOpener(packs);
  const [was, is] = [before, after].map(({ program, segments, attributes }) =>
    createRowEvaluator(
      {
        engine: createEngine(program),
        segments,
        attributes: new Map(attributes.map((attribute) => [attribute.id, attribute])),
      },
      open,
      packs,
      at,
    ),
  ) as [ReturnType<typeof createRowEvaluator>, ReturnType<typeof createRowEvaluator>];
  const counter = createMovementCounter(was, is, examples);
  const takenAt: number[] = [];
  let cut = 0;
  let turn = now();
  const read = new Set([...before.program.attributes, ...after.program.attributes]);
  for (const entries of keeper.shards(limit, read)) {
    counter.count(entries);
    for (const { row } of entries) {
      takenAt.push(row.takenAt);
      if (keeper.isCut(row.profile)) cut++;
    }
    if (now() - turn < TURN_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    turn = now();
  }
  return { movements: counter.result(), takenAt: Float64Array.from(takenAt), cut };
}
