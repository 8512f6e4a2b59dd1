import { DurableObject } from 'cloudflare:workers';
import { type Instant, jurisdictionOf, type ProfileId, parseSpace, type Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { createSampleKey, type SampleKey } from '../../core/segment/preview/sample-key.ts';
import type { Env } from '../env.ts';
import { namesOf } from '../identity-names.ts';
import { logLine } from '../observe/log.ts';
import { indexedProfiles } from '../stores/index-pages.ts';
import { profileStub } from '../stores/object-stubs.ts';
import type { SampleCount, SampleRpc, SampleRun, SampleState } from '../stores/sample-stub.ts';
import { countRun } from './sample/count-run.ts';
import { type RefreshBudget, refreshSample } from './sample/refresh.ts';
import { createSampleKeeper, type SampleKeeper } from './sample/sample-keeper.ts';
import { createSampleTable } from './sample/sample-table.ts';

type SampleEnv = Pick<Env, 'PROFILE' | 'CONTROL' | 'JURISDICTIONS' | 'IDENTITY_KEY'>;

const ALARM_MS = 60_000;
/** Of a minute, so that two do not meet. */
const ALARM_WORK_MS = 25_000;

/** One per space and jurisdiction, named `space:jurisdiction`: copies of profiles drawn by lot, on which changes are tried before they are live. */
export class SampleObject extends DurableObject<SampleEnv> implements SampleRpc {
  readonly #space: Space;
  readonly #jurisdiction: string;
  #keeper: SampleKeeper | null = null;
  /** One at a time: two would copy the same people. */
  #refreshing: Promise<void> = Promise.resolve();

  constructor(state: DurableObjectState, env: SampleEnv) {
    super(state, env);
    const [name = '', jurisdiction = ''] = (state.id.name ?? '').split(':');
    const space = parseSpace(name);
    if (space === null || jurisdiction === '')
      throw new Error('a sample object is named by its space and jurisdiction');
    this.#space = space;
    this.#jurisdiction = jurisdiction;
    void state.blockConcurrencyWhile(async () => {
      const key = await sampleKeyOf(env, space);
      this.#keeper = createSampleKeeper(createSampleTable(state.storage), key, limit('sampleProfiles'), now());
    });
  }

  async touched(profiles: readonly ProfileId[]): Promise<void> {
    this.#held().touch(profiles.slice(0, limit('sampleTouches')));
    await this.#arm();
  }

  async forget(profiles: readonly ProfileId[]): Promise<number> {
    const count = this.#held().forget(profiles);
    await this.#arm();
    return count;
  }

  async prepare(waitMs: number): Promise<SampleState> {
    const copies = limit('sampleProfiles');
    await this.#refresh({ until: (now() + Math.min(waitMs, limit('sampleWaitMs'))) as Instant, copies });
    await this.#arm();
    return this.#held().state();
  }

  async count(run: SampleRun): Promise<SampleCount> {
    return countRun(this.#held(), run, now);
  }

  override async alarm(): Promise<void> {
    try {
      this.#held().drawAgain(now());
      const until = (now() + ALARM_WORK_MS) as Instant;
      await this.#refresh({ until, copies: limit('sampleCopiesPerMinute') });
    } catch (error) {
      logLine({ kind: 'alarm', outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' });
    }
    await this.#arm();
  }

  #held(): SampleKeeper {
    if (!this.#keeper) throw new Error('the sample was not opened');
    return this.#keeper;
  }

  async #arm(): Promise<void> {
    if (!this.#held().hasWork() || (await this.ctx.storage.getAlarm()) !== null) return;
    await this.ctx.storage.setAlarm(now() + ALARM_MS);
  }

  #refresh(budget: RefreshBudget): Promise<void> {
    const [keeper, space] = [this.#held(), this.#space];
    const parts = {
      keeper,
      copy: (profile: ProfileId) => profileStub(this.env, space, profile).copyForSample(space),
      indexed: (after: string, size: number) => this.#indexed(after, size),
      now,
    };
    // Also after one that failed.
    const work = this.#refreshing.then(() => refreshSample(parts, budget));
    this.#refreshing = work.catch(() => undefined);
    return work;
  }

  async #indexed(after: string, size: number) {
    const page = await indexedProfiles(this.env.CONTROL, this.#space, after, size);
    return {
      next: page.length < size ? null : (page.at(-1) ?? null),
      profiles: page.filter((each) => this.#isOurs(each)),
    };
  }

  #isOurs(profile: ProfileId): boolean {
    return jurisdictionOf(profile) === this.#jurisdiction;
  }
}

/** The same in every jurisdiction, so that samples can be added up; nobody who chooses ids knows it. */
async function sampleKeyOf(env: SampleEnv, space: Space): Promise<SampleKey> {
  const hex = await namesOf(env).directory(space, { namespace: 'sample key', value: '' });
  return createSampleKey(Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)));
}

function now(): Instant {
  return Date.now() as Instant;
}
