import { DurableObject } from 'cloudflare:workers';
import type { Identity } from '../../core/event/event.ts';
import type {
  FactKey,
  InteractAnswer,
  InteractCommand,
  InteractReply,
  ReleaseStrandCommand,
  ReleaseStrandReply,
} from '../../core/interaction/command.ts';
import type { ExplainCommand, ExplainReply } from '../../core/interaction/explain-command.ts';
import type { Interaction } from '../../core/interaction/interact.ts';
import type { FactPage, ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Sequence, Space } from '../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Env } from '../env.ts';
import { createProfileStore, type ProfileStore } from '../stores/profile-store.ts';
import { createObjectServices, type ObjectServices } from './object-services.ts';
import { bareAnswer, publicOnly } from './profile/answer.ts';
import { closeOpenChunk, drainChunks } from './profile/drain.ts';
import { explainProfile } from './profile/explain.ts';
import { factPage, NO_PROFILE } from './profile/fact-page.ts';
import { fetchDevice, finishLinks, giveStrand, noteArrival } from './profile/linker.ts';
import { createProfileKeeper, type ProfileKeeper } from './profile/profile-keeper.ts';

const ALARM_RETRY_MS = 30_000;

/** The only writer of one person's state: one call in, one commit, one answer out. Decides nothing itself. */
export class ProfileObject extends DurableObject<Env> implements ProfileRpc {
  readonly #services: ObjectServices;
  readonly #store: ProfileStore;
  readonly #keeper: ProfileKeeper;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#services = createObjectServices(env);
    this.#store = createProfileStore(ctx.storage);
    this.#keeper = createProfileKeeper(this.#store, (at) => void ctx.storage.setAlarm(at));
  }

  async interact(command: InteractCommand): Promise<InteractReply> {
    const ruleset = await this.#ruleset(command.space, command.sequence);
    if (!ruleset) return { ok: false, error: { kind: 'noRuleset' } };
    const timed = this.#timed(command);
    const done = this.#keeper.interact(timed, ruleset);
    if ('ok' in done) return done;
    const answer = done.link ? await this.#finishLogin(timed, done, ruleset) : this.#priced(done.answer, 1);
    return { ok: true, answer: answer.sequence === command.sequence ? bareAnswer(answer) : answer };
  }

  /** The device is elsewhere: fetch it, then answer for the whole person. When that fails the first answer stands and the alarm tries again. */
  async #finishLogin(command: InteractCommand, first: Interaction, ruleset: LoadedRuleset): Promise<InteractAnswer> {
    if (!first.link) return this.#priced(first.answer, 1);
    try {
      const changes = await fetchDevice(this.#linker(), command, first.link, ruleset);
      const second = this.#keeper.interact(this.#timed({ ...command, events: [], login: null }), ruleset);
      if ('ok' in second) return this.#priced(first.answer, 2);
      const { propositions, profile, recent, trace, device, state, memberships } = second.answer;
      const seen = command.include.allMemberships
        ? memberships
        : [...first.answer.memberships, ...publicOnly(changes, ruleset)];
      return this.#priced(
        { ...first.answer, propositions, profile, recent, trace, device, state, memberships: seen },
        3,
      );
    } catch {
      return this.#priced(first.answer, 2);
    }
  }

  async releaseStrand(command: ReleaseStrandCommand, after: FactKey | null): Promise<ReleaseStrandReply> {
    const ruleset = await this.#ruleset(command.space, 0 as Sequence);
    // Not `unknown`: that would let the other side open the device anew, without its history.
    if (!ruleset) throw new Error('no ruleset to release under');
    return giveStrand({ keeper: this.#keeper, store: this.#store }, this.#timed(command), after, ruleset);
  }

  async confirmRelease(space: Space, identity: Identity, to: ProfileId): Promise<void> {
    const ruleset = await this.#ruleset(space, 0 as Sequence);
    if (!ruleset) throw new Error('no ruleset to confirm under');
    noteArrival(this.#keeper, identity, to, ruleset, this.#services.now());
  }

  async readFacts(space: Space, after: FactKey | null): Promise<FactPage> {
    const ruleset = this.#keeper.space() === space ? await this.#ruleset(space, 0 as Sequence) : null;
    const state = ruleset ? this.#keeper.state(ruleset) : null;
    return state ? factPage(state, this.#store, after) : NO_PROFILE;
  }

  async drainNow(space: Space): Promise<number> {
    const ruleset = this.#keeper.space() === space ? await this.#ruleset(space, 0 as Sequence) : null;
    const state = ruleset ? this.#keeper.state(ruleset) : null;
    if (!ruleset || !state) return 0;
    const unlinked = await finishLinks(this.#linker(), state, ruleset);
    if (unlinked) throw unlinked.reason;
    const now = this.#services.now();
    return closeOpenChunk(this.#keeper, ruleset, now)
      ? drainChunks(this.#keeper, this.#store, this.#services.send, ruleset, now, false)
      : 0;
  }

  async explain(space: Space, command: ExplainCommand): Promise<ExplainReply> {
    const ruleset = this.#keeper.space() === space ? await this.#ruleset(space, 0 as Sequence) : null;
    const state = ruleset ? this.#keeper.state(ruleset) : null;
    if (!ruleset || !state) return { kind: 'unknown' };
    return explainProfile(state, this.#store, command, ruleset, this.#services.now());
  }

  override async alarm(): Promise<void> {
    const now = this.#services.now();
    try {
      const space = this.#keeper.space();
      const ruleset = space ? await this.#ruleset(space, 0 as Sequence) : null;
      const state = ruleset ? this.#keeper.state(ruleset) : null;
      if (!space) return;
      if (!ruleset || !state) throw new Error('no ruleset to drain under');
      this.#keeper.advance(ruleset, now);
      const unlinked = await finishLinks(this.#linker(), state, ruleset);
      await drainChunks(this.#keeper, this.#store, this.#services.send, ruleset, now, true);
      if (unlinked) throw unlinked.reason;
    } catch (error) {
      this.#services.logAlarmFailure(error);
      await this.ctx.storage.setAlarm(now + ALARM_RETRY_MS);
    }
  }

  /** Commits go by this object's own clock, never by an older one of the edge: a chunk that is being sent must not grow. */
  #timed<T extends { readonly now: Instant }>(command: T): T {
    const now = this.#services.now();
    return now > command.now ? { ...command, now } : command;
  }

  /** The ruleset of the caller, or the one this profile has applied if that is newer: evaluation never goes backwards. */
  async #ruleset(space: Space, sequence: Sequence): Promise<LoadedRuleset | null> {
    const wanted = Math.max(sequence, this.#keeper.appliedSequence()) as Sequence;
    const resident = this.#services.rulesets.peek(space);
    if (resident && resident.manifest.sequence >= wanted) return resident;
    return this.#services.rulesets.atLeast(space, wanted);
  }

  #linker() {
    return { keeper: this.#keeper, store: this.#store, profileAt: this.#services.profileAt, now: this.#services.now };
  }

  #priced(answer: Interaction['answer'], objectHops: number): InteractAnswer {
    return { ...answer, cost: { ...this.#store.takeCost(), objectHops } };
  }
}
