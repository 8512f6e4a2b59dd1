import { DurableObject } from 'cloudflare:workers';
import { type Instant, type ProfileId, parseSpace, type Sequence, type Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { parseSweep } from '../../core/segment/preview/parse-sweep.ts';
import {
  applyBatch,
  changeSweep,
  nextBatch,
  type Sweep,
  type SweepCommand,
  startSweep,
  supersedeSweep,
} from '../../core/segment/preview/sweep-plan.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';
import { countIndexed, indexedProfiles } from '../stores/index-pages.ts';
import { profileStub } from '../stores/object-stubs.ts';
import type { SweepRpc, SweepStart } from '../stores/sweep-stub.ts';
import { touchBatch } from './sweep/touch-batch.ts';

type SweepEnv = Pick<Env, 'PROFILE' | 'CONTROL' | 'JURISDICTIONS'>;

const STATE = 'sweep';
/** One alarm works so long, then sets the next: an object that is never idle cannot be moved. */
const ALARM_WORK_MS = 20_000;
/** A shorter wait is waited for; each alarm is a billed row. */
const SHORT_WAIT_MS = 1_500;
const RETRY_MS = 10_000;

/** One per space, named by it: walks the index and has every profile apply the newest sequence. Remembers where it is after each batch. */
export class SweepObject extends DurableObject<SweepEnv> implements SweepRpc {
  readonly #space: Space;
  #sweep: Sweep | null = null;

  constructor(state: DurableObjectState, env: SweepEnv) {
    super(state, env);
    const space = parseSpace(state.id.name ?? '');
    if (space === null) throw new Error('a sweep object must be named by its space');
    this.#space = space;
    void state.blockConcurrencyWhile(async () => {
      const stored = await state.storage.get<string>(STATE);
      const parsed = stored === undefined ? null : parseSweep(JSON.parse(stored));
      if (parsed && !parsed.ok) throw new Error(`the stored sweep cannot be read: ${parsed.error}`);
      this.#sweep = parsed?.value ?? null;
      await this.#arm();
    });
  }

  async start({ sequence, ratePerSecond, again }: SweepStart): Promise<Sweep> {
    const total = await countIndexed(this.env.CONTROL, this.#space);
    const held = this.#sweep;
    const rate = ratePerSecond ?? limit('sweepPerSecond');
    const plan = { sequence, total, ratePerSecond: rate, maxBatch: limit('sweepBatch') };
    const isOver = held?.status === 'cancelled' || held?.status === 'done';
    const isAgain = again && isOver && sequence >= held.sequence;
    const begun = isAgain ? startSweep(plan, now()) : supersedeSweep(held, plan, now());
    const paced = ratePerSecond === null ? begun : changeSweep(begun, { is: 'rate', ratePerSecond }, now());
    await this.#keep(paced);
    return paced;
  }

  async status(): Promise<Sweep | null> {
    return this.#sweep;
  }

  async change(command: SweepCommand): Promise<Sweep | null> {
    if (!this.#sweep) return null;
    await this.#keep(changeSweep(this.#sweep, command, now()));
    return this.#sweep;
  }

  override async alarm(): Promise<void> {
    try {
      await this.#work(now() + ALARM_WORK_MS);
    } catch (error) {
      logLine({ kind: 'alarm', outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' });
      await this.ctx.storage.setAlarm(now() + RETRY_MS);
    }
  }

  async #work(until: number): Promise<void> {
    const parts = {
      page: (after: string, size: number) => indexedProfiles(this.env.CONTROL, this.#space, after, size),
      catchUp: (profile: ProfileId, sequence: Sequence) =>
        profileStub(this.env, this.#space, profile).catchUp(this.#space, sequence),
      now,
    };
    for (;;) {
      const batch = this.#sweep && nextBatch(this.#sweep, now());
      if (!batch) return;
      const wait = batch.notBefore - now();
      if (wait > SHORT_WAIT_MS || now() + wait > until) {
        await this.ctx.storage.setAlarm(batch.notBefore);
        return;
      }
      if (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        // It may have been paused meanwhile, or another sequence have come.
        continue;
      }
      const outcome = await touchBatch(parts, batch);
      if (this.#sweep) await this.#keep(applyBatch(this.#sweep, outcome));
    }
  }

  /** Nothing is told before it is stored: the output gate holds answers back. */
  async #keep(sweep: Sweep): Promise<void> {
    const before = this.#sweep;
    this.#sweep = sweep;
    if (sweep !== before) await this.ctx.storage.put(STATE, JSON.stringify(sweep));
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const next = this.#sweep && nextBatch(this.#sweep, now());
    const armed = next && (await this.ctx.storage.getAlarm());
    // A slow rate may have set it far ahead.
    if (next && (armed === null || armed > next.notBefore)) await this.ctx.storage.setAlarm(next.notBefore);
  }
}

function now(): Instant {
  return Date.now() as Instant;
}
