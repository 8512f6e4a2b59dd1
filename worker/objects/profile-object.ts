import { DurableObject } from 'cloudflare:workers';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import type { ProfileMessage, ProfileReply } from '../../core/identity/protocol/message.ts';
import { admitCall, endCall, NO_LOAD } from '../../core/interaction/call-load.ts';
import type { FactKey, InteractCommand, InteractReply } from '../../core/interaction/command.ts';
import type { ExplainCommand, ExplainReply } from '../../core/interaction/explain-command.ts';
import { graphOf } from '../../core/interaction/graph-of.ts';
import type { ProfileGraph } from '../../core/interaction/profile-graph.ts';
import type { CaughtUp, FactPage, ProfileRpc } from '../../core/interaction/rpc.ts';
import type { ProfileState } from '../../core/interaction/state.ts';
import type { ProfileId, Sequence, Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { rulesetFor } from '../../core/ruleset/gradual.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Env } from '../env.ts';
import { createProfileStore, type ProfileStore } from '../stores/profile-store.ts';
import { createObjectServices, type ObjectServices } from './object-services.ts';
import { answerVisit } from './profile/answer-visit.ts';
import { closeOpenChunk, drainChunks } from './profile/drain.ts';
import { createDriver, type Driver } from './profile/drive.ts';
import { explainProfile } from './profile/explain.ts';
import { factPage, NO_PROFILE } from './profile/fact-page.ts';
import { catchUpProfile, sampleCopy } from './profile/preview-calls.ts';
import { createProfileKeeper, type ProfileKeeper, type Whose } from './profile/profile-keeper.ts';
import { ring } from './profile/ring.ts';

const ALARM_RETRY_MS = 30_000;

/** The only writer of one person's state: one call in, one commit, one answer out. Decides nothing itself. */
export class ProfileObject extends DurableObject<Env> implements ProfileRpc {
  readonly #services: ObjectServices;
  readonly #store: ProfileStore;
  readonly #keeper: ProfileKeeper;
  readonly #driver: Driver;
  #load = NO_LOAD;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#services = createObjectServices(env);
    this.#store = createProfileStore(ctx.storage);
    const { now, profileAt, directory } = this.#services;
    this.#keeper = createProfileKeeper(this.#store, (at) => void ctx.storage.setAlarm(at), now);
    this.#driver = createDriver({
      keeper: this.#keeper,
      profileAt,
      directory,
      now,
      later: (run, ms) => setTimeout(run, ms),
    });
  }

  async interact(command: InteractCommand): Promise<InteractReply> {
    const { load, admitted } = admitCall(this.#load, this.#services.now());
    this.#load = load;
    if (!admitted) return { ok: false, error: { kind: 'overloaded' } };
    try {
      const ruleset = await this.#ruleset(command, command.sequence);
      if (!ruleset) return { ok: false, error: { kind: 'noRuleset' } };
      if (command.placements.some((name) => ruleset.placementsOfItems.has(name)))
        await this.#services.rulesets.dataReady(ruleset, limit('dataWaitMs'));
      return await answerVisit(this.#parts(), command, ruleset);
    } finally {
      this.#load = endCall(this.#load);
    }
  }

  async protocol(space: Space, profile: ProfileId, message: ProfileMessage): Promise<ProfileReply> {
    const ruleset = await this.#ruleset({ space, profile }, 0 as Sequence);
    // Rejected, not refused: nobody may take this for an answer.
    if (!ruleset) throw new Error('no ruleset to link under');
    const reply = this.#keeper.handle(ruleset, { space, profile }, (node, context) =>
      handleProfile(node, message, context),
    );
    if (this.#keeper.hasOpenWork()) this.ctx.waitUntil(this.#driver.drive(ruleset));
    return reply;
  }

  async view(space: Space): Promise<ProfileGraph | null> {
    const held = await this.#held(space);
    return held && graphOf(held.state);
  }

  async readFacts(space: Space, after: FactKey | null): Promise<FactPage> {
    const held = await this.#held(space);
    return held ? factPage(held.state, this.#store, after) : NO_PROFILE;
  }

  async drainNow(space: Space): Promise<number> {
    const held = await this.#held(space);
    if (!held) return 0;
    await this.#driver.drive(held.ruleset);
    const now = this.#services.now();
    return closeOpenChunk(this.#keeper, held.ruleset, now)
      ? drainChunks(this.#keeper, this.#store, this.#services.send, held.ruleset, now, false)
      : 0;
  }

  async explain(space: Space, command: ExplainCommand): Promise<ExplainReply> {
    const held = await this.#held(space);
    if (!held) return { kind: 'unknown' };
    return explainProfile(held.state, this.#store, command, held.ruleset, this.#services.now());
  }

  async copyForSample(space: Space): ReturnType<ProfileRpc['copyForSample']> {
    return sampleCopy((await this.#held(space))?.state, this.#store);
  }

  async catchUp(space: Space, sequence: Sequence): Promise<CaughtUp> {
    return catchUpProfile(this.#parts(), (whose) => this.#ruleset(whose, 0 as Sequence), { space, sequence });
  }

  override async alarm(): Promise<void> {
    const now = this.#services.now();
    try {
      const whose = this.#keeper.whose();
      if (!whose) return;
      const ruleset = await this.#ruleset(whose, 0 as Sequence);
      if (!ruleset) throw new Error('no ruleset to drain under');
      await ring({ ...this.#parts(), send: this.#services.send }, ruleset, now);
    } catch (error) {
      this.#services.logAlarmFailure(error);
      await this.ctx.storage.setAlarm(now + ALARM_RETRY_MS);
    }
  }

  /** Who is stored here, in this space. */
  async #held(space: Space): Promise<{ readonly state: ProfileState; readonly ruleset: LoadedRuleset } | null> {
    const whose = this.#keeper.whose();
    const ruleset = whose?.space === space ? await this.#ruleset(whose, 0 as Sequence) : null;
    const state = ruleset ? this.#keeper.state(ruleset) : null;
    return ruleset && state ? { state, ruleset } : null;
  }

  /** That of the caller, or what this profile has applied if that is newer: never backwards. In a gradual publish that of its draw, if it is not below. */
  async #ruleset({ space, profile }: Whose, sequence: Sequence): Promise<LoadedRuleset | null> {
    const wanted = Math.max(sequence, this.#keeper.appliedSequence()) as Sequence;
    const { rulesets } = this.#services;
    const resident = rulesets.peek(space);
    const newest = resident && resident.sequence >= wanted ? resident : await rulesets.atLeast(space, wanted);
    return newest && rulesetFor(newest, profile, wanted);
  }

  #parts() {
    const { now, leases, rulesets } = this.#services;
    return { keeper: this.#keeper, store: this.#store, driver: this.#driver, now, leases, rulesets };
  }
}
