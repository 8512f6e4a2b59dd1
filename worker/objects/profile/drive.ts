import type { IdentityKey } from '../../../core/identity/identity-key.ts';
import { handleProfile } from '../../../core/identity/protocol/handle-profile.ts';
import type { Handled } from '../../../core/identity/protocol/handled.ts';
import type { Answer, Call, OpenCall, ProfileMessage, ProfileReply } from '../../../core/identity/protocol/message.ts';
import { nextDue } from '../../../core/identity/protocol/next-due.ts';
import { noteAnswer } from '../../../core/identity/protocol/note-answer.ts';
import { openCalls } from '../../../core/identity/protocol/open-calls.ts';
import { isPersonal } from '../../../core/identity/replay/settle-strands.ts';
import { hasOpenWork } from '../../../core/interaction/next-wake.ts';
import { identityOf, nodeOf } from '../../../core/interaction/node.ts';
import { contextOf } from '../../../core/interaction/protocol-context.ts';
import type { ProfileRpc } from '../../../core/interaction/rpc.ts';
import type { ProfileState } from '../../../core/interaction/state.ts';
import { type Instant, jurisdictionOf, type ProfileId, type Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { Directory } from '../../directory.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

export interface DriverParts {
  readonly keeper: ProfileKeeper;
  readonly profileAt: (space: Space, profile: ProfileId) => Pick<ProfileRpc, 'protocol'>;
  readonly directory: Pick<Directory, 'call'>;
  readonly now: () => Instant;
  /** Runs something after so many milliseconds. */
  readonly later: (run: () => void, ms: number) => unknown;
}

/** Makes the calls that open work of one profile needs, and writes the answers down. Holds nothing that a crash could lose. */
export interface Driver {
  /** Pursues everything that may be pursued now; settles when all of it is done or must wait for its time. Never rejects. */
  drive(ruleset: LoadedRuleset): Promise<void>;
  /** Settles with true when `test` holds after some write of the driver, with false when all is done and it does not. */
  until(test: (state: ProfileState) => boolean): Promise<boolean>;
  /** Calls made so far. */
  readonly calls: number;
}

/** A wait that is no longer than this is waited for here; the alarm looks after longer ones, and after what a crash left. */
const SHORT_WAIT_MS = 5_000;

/** One call at a time for each work, works side by side. Nothing is remembered across a call: the row is read again after each. */
export function createDriver(parts: DriverParts): Driver {
  const { keeper, now, later } = parts;
  const running = new Set<string>();
  /** Nobody knows what became of their last call: left to the alarm. */
  const failed = new Set<string>();
  let waiting: { readonly test: (state: ProfileState) => boolean; readonly settle: (holds: boolean) => void }[] = [];
  let idle: (() => void)[] = [];
  let isTimed = false;
  /** Somebody who waited is answered first: the next calls are made behind that. */
  let yields = false;
  let calls = 0;

  function pump(ruleset: LoadedRuleset): void {
    const state = keeper.state(ruleset);
    yields = waiting.some(({ test }) => state !== null && test(state));
    if (yields) {
      tell(state);
      later(() => pumpSafely(ruleset), 0);
      return;
    }
    const node = state && hasOpenWork(state) ? nodeOf(state) : null;
    const context = contextOf(ruleset.stitch, now());
    for (const open of node ? openCalls(node, context) : []) {
      if (running.has(open.work) || failed.has(open.work)) continue;
      running.add(open.work);
      void pursue(open, ruleset);
    }
    const due = node && running.size === 0 ? nextDue(node, context) : null;
    const wait = due === null ? 0 : due - context.now;
    if (wait > 0 && wait <= SHORT_WAIT_MS && !isTimed) {
      isTimed = true;
      later(() => resume(ruleset), wait);
    }
    tell(state);
  }

  function tell(state: ProfileState | null): void {
    const isIdle = running.size === 0;
    waiting = waiting.filter(({ test, settle }) => {
      const holds = state !== null && test(state);
      const ends = holds || (isIdle && !isTimed);
      if (ends) settle(holds);
      return !ends;
    });
    if (!isIdle || yields) return;
    for (const settle of idle) settle();
    idle = [];
  }

  function resume(ruleset: LoadedRuleset): void {
    isTimed = false;
    pumpSafely(ruleset);
  }

  /** A snapshot that cannot be read must not leave anybody waiting. */
  function pumpSafely(ruleset: LoadedRuleset): void {
    try {
      pump(ruleset);
    } catch {
      yields = false;
      tell(null);
    }
  }

  function isStillOpen({ work, at }: OpenCall, ruleset: LoadedRuleset): boolean {
    const state = keeper.state(ruleset);
    const open = state ? openCalls(nodeOf(state), contextOf(ruleset.stitch, now())) : [];
    return open.some((other) => other.work === work && other.at === at);
  }

  async function pursue(open: OpenCall, ruleset: LoadedRuleset): Promise<void> {
    calls++;
    // Errors marked as overload are not answered with another call at once, nor is any other.
    const isKnown = await perform(parts, open, ruleset).catch(() => false);
    // An answer that leaves everything as it was would be asked for again and again.
    if (!isKnown || isStillOpen(open, ruleset)) failed.add(open.work);
    running.delete(open.work);
    pumpSafely(ruleset);
  }

  return {
    drive(ruleset) {
      failed.clear();
      const done = new Promise<void>((resolve) => void idle.push(resolve));
      pumpSafely(ruleset);
      return done;
    },
    until: (test) => new Promise((resolve) => void waiting.push({ test, settle: resolve })),
    get calls() {
      return calls;
    },
  };
}

/** Makes one call and writes its answer down. False: nobody knows whether it was heard. */
async function perform(parts: DriverParts, open: OpenCall, ruleset: LoadedRuleset): Promise<boolean> {
  const { keeper } = parts;
  const self = keeper.state(ruleset);
  if (!self) return true;
  const { call } = open;
  const note = (answer: Answer) =>
    void keeper.handle(ruleset, self, (node, context) => noteAnswer(node, open, answer, context));
  if (call.kind === 'profile' && call.to === self.profile) {
    ownCall(parts, self, open, call.message, ruleset, (reply) => ({ kind: 'profile', reply }));
    return true;
  }
  const answer =
    call.kind === 'copy'
      ? await readPage(parts, self, call, ruleset)
      : await ask(parts, self, call, joinedBy(self, open, ruleset));
  if (call.kind !== 'copy' || answer?.kind !== 'profile' || answer.reply.kind !== 'page') {
    note(answer);
    return answer !== null;
  }
  const { page } = answer.reply;
  const { operation, strand, epoch, to } = call;
  const message: ProfileMessage = { kind: 'import', operation, strand, epoch, page };
  const copied = (reply: ProfileReply): Answer => ({ kind: 'copied', reply, next: page.next, rows: page.rows.length });
  if (to === self.profile) {
    ownCall(parts, self, open, message, ruleset, copied);
    return true;
  }
  const imported = await ask(parts, self, { kind: 'profile', to, message });
  note(imported?.kind === 'profile' ? copied(imported.reply) : null);
  return imported !== null;
}

/** A call to itself: done and written down in one commit. */
function ownCall(
  { keeper }: DriverParts,
  self: ProfileState,
  open: OpenCall,
  message: ProfileMessage,
  ruleset: LoadedRuleset,
  answerOf: (reply: ProfileReply) => Answer,
): void {
  keeper.handle(ruleset, self, (node, context): Handled => {
    const own = handleProfile(node, message, context);
    const noted = noteAnswer(own.node, open, answerOf(own.reply), context);
    return { ...noted, effects: [...own.effects, ...noted.effects] };
  });
}

/** Who an event wants to join to the identity that its directory is asked for. Devices and cookies may have many owners: operators are told of those. */
function joinedBy(
  { stitch }: ProfileState,
  { work, call }: OpenCall,
  { stitch: rules }: LoadedRuleset,
): IdentityKey | null {
  if (call.kind !== 'directory' || call.message.kind !== 'resolve' || !isPersonal(call.key, rules)) return null;
  const wish = Object.values(stitch.intents).find(({ wish: { event } }) => work === `intent ${event}`)?.wish;
  return wish?.kind === 'record' ? (wish.keys.find((key) => key !== call.key) ?? null) : null;
}

function readPage(
  parts: DriverParts,
  self: ProfileState,
  { operation, strand, epoch, after, from }: Extract<Call, { kind: 'copy' }>,
  ruleset: LoadedRuleset,
): Promise<Answer> | Answer {
  const message: ProfileMessage = { kind: 'read', operation, strand, epoch, after };
  if (from !== self.profile) return ask(parts, self, { kind: 'profile', to: from, message });
  const reply = parts.keeper.handle(ruleset, self, (node, context) => handleProfile(node, message, context));
  return { kind: 'profile', reply };
}

/** Null: no answer that could be trusted. */
async function ask(
  { profileAt, directory }: DriverParts,
  { space, profile }: Pick<ProfileState, 'space' | 'profile'>,
  call: Exclude<Call, { kind: 'copy' }>,
  joined: IdentityKey | null = null,
): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lost = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, limit('linkCallMs'), null);
  });
  const answer = async (): Promise<Answer> => {
    if (call.kind === 'profile') {
      const to = call.to as ProfileId;
      return { kind: 'profile', reply: await profileAt(space, to).protocol(space, to, call.message) };
    }
    const identity = identityOf(call.key);
    const like = jurisdictionOf(profile);
    const { quarantine, ...node } = await directory.call(space, identity, call.message, like, joined ?? undefined);
    // Too many share it: this event links nothing by it, as if the value were blocked.
    return { kind: 'directory', node: joined !== null && quarantine ? { ...node, suppressed: true } : node };
  };
  try {
    return await Promise.race([answer(), lost]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
