/// <reference path="../../replay/cli-progress.d.ts" />
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type AdminApi, connect } from '../admin-api.ts';
import { EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';

const sweepSchema = z.looseObject({
  sequence: z.int(),
  status: z.enum(['running', 'paused', 'cancelled', 'done']),
  handled: z.int(),
  failed: z.int(),
  total: z.int(),
  ratePerSecond: z.number(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  estimatedEnd: z.string().nullable(),
});
type Sweep = z.output<typeof sweepSchema>;

const LOOK_MS = 1_000;

/** How far the sweep is; `watch`: until it rests. */
export async function sweepStatus(shell: Shell, { watch = false }: { readonly watch?: boolean }): Promise<number> {
  const api = await connect(shell);
  const sweep = watch ? await watchSweep(shell, api) : await look(api);
  return tell(shell, sweep);
}

/** Begins one, or sets its pace. */
export async function startSweep(
  shell: Shell,
  { rate, watch = false }: { readonly rate?: number; readonly watch?: boolean },
): Promise<number> {
  const api = await connect(shell);
  const body = rate === undefined ? {} : { ratePerSecond: rate };
  const begun = await api.ask(sweepSchema, { method: 'POST', path: '/sweep', body });
  return tell(shell, watch ? await watchSweep(shell, api) : begun);
}

export async function steerSweep(shell: Shell, command: 'pause' | 'resume' | 'cancel'): Promise<number> {
  const api = await connect(shell);
  return tell(shell, await api.ask(sweepSchema, { method: 'POST', path: `/sweep/${command}`, body: {} }));
}

function look(api: AdminApi): Promise<Sweep> {
  return api.ask(sweepSchema, { method: 'GET', path: '/sweep' });
}

/** A bar on a terminal; elsewhere it only waits. */
async function watchSweep({ isTerminal, json }: Shell, api: AdminApi): Promise<Sweep> {
  let sweep = await look(api);
  if (sweep.status !== 'running') return sweep;
  const format = 'sweep {bar} {percentage}% {value}/{total}';
  const bar =
    isTerminal && !json
      ? new (await import('cli-progress')).SingleBar({ format, hideCursor: true, clearOnComplete: true })
      : null;
  bar?.start(Math.max(1, sweep.total), sweep.handled, {});
  try {
    while (sweep.status === 'running') {
      await sleep(LOOK_MS);
      sweep = await look(api);
      bar?.update(Math.min(sweep.handled, sweep.total));
    }
  } finally {
    bar?.stop();
  }
  return sweep;
}

/** Exit code 1: it is over, and some could not be reached, or it was cancelled. */
function tell(shell: Shell, sweep: Sweep): number {
  const { status, sequence, handled, failed, total, ratePerSecond, endedAt, estimatedEnd } = sweep;
  answer(shell, sweep, () => [
    `${status}: ${handled} of ${total} profiles brought to sequence ${sequence}${failed > 0 ? `, ${failed} could not be reached` : ''}`,
    status === 'running'
      ? `${ratePerSecond} a second${estimatedEnd === null ? '' : `, until about ${estimatedEnd}`}`
      : endedAt === null
        ? 'selvedge sweep resume goes on'
        : `ended ${endedAt}`,
  ]);
  return status === 'cancelled' || (status === 'done' && failed > 0) ? EXIT.problems : EXIT.ok;
}
