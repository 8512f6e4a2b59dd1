import type { InteractAnswer, InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import type { Interaction } from '../../../core/interaction/interact.ts';
import type { CausedChange } from '../../../core/interaction/outbox.ts';
import { isUnderWay } from '../../../core/interaction/wishes.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';
import type { Leases } from '../leases.ts';
import { bareAnswer, publicOnly, wholeAnswer } from './answer.ts';
import type { Driver } from './drive.ts';
import type { ProfileKeeper } from './profile-keeper.ts';

export interface VisitParts {
  readonly keeper: ProfileKeeper;
  readonly store: Pick<ProfileStore, 'takeCost'>;
  readonly driver: Driver;
  readonly now: () => Instant;
  readonly leases: Leases;
}

/**
 * One visit. What it stores is committed before anything else; where it joins identities that are elsewhere, the answer waits a little for
 * them and is then given for the whole person. If that takes longer the first answer stands, and the joining goes on behind it.
 */
export async function answerVisit(
  parts: VisitParts,
  command: InteractCommand,
  ruleset: LoadedRuleset,
): Promise<InteractReply> {
  const { keeper, store, driver, leases } = parts;
  const wait = command.placements.length > 0 ? leases.ready(ruleset, command.placements) : null;
  if (wait) await wait;
  const held = leases.atHand(ruleset, command.placements);
  const timed = { ...atOwnTime(command, parts.now()), ...(held && { leases: held }) };
  const before = driver.calls;
  const first = keeper.interact(timed, ruleset);
  if ('ok' in first) return first;
  leases.use(command.space, first.leased);
  if (keeper.hasOpenWork()) void driver.drive(ruleset);
  const whole = first.underWay.length > 0 ? await joinedAnswer(parts, timed, first, ruleset) : first.answer;
  const cost = { ...store.takeCost(), objectHops: 1 + driver.calls - before };
  const answer: InteractAnswer = { ...whole, cost };
  return { ok: true, answer: answer.sequence === command.sequence ? bareAnswer(answer) : wholeAnswer(answer, ruleset) };
}

async function joinedAnswer(
  { keeper, driver, now, leases }: VisitParts,
  command: InteractCommand,
  first: Interaction,
  ruleset: LoadedRuleset,
): Promise<Interaction['answer']> {
  const changes: CausedChange[] = [];
  const stopListening = keeper.listen((more) => void changes.push(...more));
  const isWhole = await Promise.race([
    driver.until((state) => !first.underWay.some((wish) => isUnderWay(state, wish))),
    // Left to end by itself: clearing it would cost more.
    new Promise<false>((resolve) => void setTimeout(resolve, limit('linkWaitMs'), false)),
  ]);
  stopListening();
  if (!isWhole) return first.answer;
  // The answer is worked out anew: what the first one used is at hand again.
  leases.giveBack(command.space, first.leased);
  const held = leases.atHand(ruleset, command.placements);
  const again = {
    ...command,
    ...aboutPage(command),
    events: [],
    login: null,
    assertedState: first.answer.state,
    ...(held && { leases: held }),
  };
  const second = keeper.interact(atOwnTime(again, now()), ruleset);
  if ('ok' in second) {
    leases.use(command.space, first.leased);
    const { error } = second;
    const isDevice = command.device?.identity.value === command.through.identity.value;
    if (error.kind !== 'moved' || !isDevice) return first.answer;
    return { ...first.answer, device: { at: error.to, epoch: error.epoch } };
  }
  leases.use(command.space, second.leased);
  if (first.signedOut) return { ...first.answer, device: second.answer.device };
  const { propositions, profile, recent, trace, device, memberships } = second.answer;
  const linked = [...first.answer.memberships, ...publicOnly(changes, ruleset)];
  const seen = command.include.allMemberships ? memberships : linked;
  return { ...first.answer, propositions, profile, recent, trace, device, memberships: seen };
}

/** The events are stored, and are not sent again; what the page is about is still known. */
function aboutPage({ context, events }: InteractCommand): Pick<InteractCommand, 'context'> {
  const viewed = events.findLast(({ type }) => type === 'product.viewed')?.data.productId;
  if (!context || context.item !== undefined || typeof viewed !== 'string') return {};
  return { context: { ...context, item: viewed } };
}

/** Commits go by the object's own clock, never by an older one of the edge: a chunk that is being sent must not grow. */
function atOwnTime(command: InteractCommand, now: Instant): InteractCommand {
  return now > command.now ? { ...command, now } : command;
}
