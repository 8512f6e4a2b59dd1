import { withContents } from '../../core/decision/contents.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import { orphanedTo } from '../../core/identity/protocol/open-strand.ts';
import type { InteractAnswer, InteractCommand, StrandRef } from '../../core/interaction/command.ts';
import { madePid } from '../../core/interaction/protocol-context.ts';
import { type EventId, jurisdictionOf, type ProfileId } from '../../core/lib/ids.ts';
import { sameIdentity } from '../../core/profile/strand.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Home } from '../directory.ts';
import { logLine } from '../observe/log.ts';
import type { Services } from '../services.ts';

export type CallOutcome =
  | { readonly ok: true; readonly answer: InteractAnswer; readonly hops: number }
  | {
      readonly ok: false;
      readonly why:
        | 'timeout'
        | 'failed'
        | 'noRuleset'
        | 'newerData'
        | 'lost'
        | 'proofUsed'
        | 'overloaded'
        | 'suppressed';
      readonly hops: number;
    };

/** Asking the directory again helps once, when it had named a profile that was closed. */
const MAX_ASKED = 2;
/** An identity that moved more often than this while we asked is moving in a circle. */
const MAX_HOPS = 5;

/** Asks the profile, follows it where it moved, and gives up at the budget: a page never waits for personalization. */
export async function callProfile(
  services: Services,
  ruleset: LoadedRuleset,
  command: InteractCommand,
  budgetMs: number,
): Promise<CallOutcome> {
  // The timer ends with the request; clearing it costs more than letting it be (measured: 50 µs).
  const timeout = new Promise<CallOutcome>((resolve) => {
    setTimeout(() => resolve({ ok: false, why: 'timeout', hops: 1 }), budgetMs);
  });
  return Promise.race([follow(services, ruleset, command), timeout]);
}

/** Never rejects, so that the loser of the race cannot become an unhandled rejection. */
async function follow(services: Services, ruleset: LoadedRuleset, first: InteractCommand): Promise<CallOutcome> {
  let command = first;
  const stored: EventId[] = [];
  let asked = 0;
  for (let hops = 1; hops <= MAX_HOPS; hops++) {
    try {
      const reply = await services.profile(command.space, command.profile).interact(command);
      if (reply.ok) return { ok: true, hops, answer: wholeAnswer(reply.answer, stored, ruleset) };
      if (reply.error.kind === 'unknown' || reply.error.kind === 'erased') {
        const home = asked < MAX_ASKED ? await ask(services, command, reply.error.kind === 'erased') : null;
        if (!home) return { ok: false, why: 'lost', hops };
        // Erased, and not to be stored again: its new place stays empty.
        if (home.suppressed) return { ok: false, why: 'suppressed', hops };
        asked++;
        command = movedTo(command, home.owner, { epoch: home.epoch, erasedAt: home.erasedAt, mayOpen: true });
        continue;
      }
      if (reply.error.kind !== 'moved') return { ok: false, why: reply.error.kind, hops };
      const { to, epoch, known = [] } = reply.error;
      stored.push(...known);
      command = {
        // It may have left before its new place knows of it, with the ids that came lately: there it must not be opened anew.
        ...movedTo(command, to, { epoch, mayOpen: false }),
        events: command.events.filter((event) => !known.includes(event.id)),
      };
    } catch (error) {
      // The name only: a message may quote data.
      logLine({
        kind: 'profileFailed',
        requestId: command.requestId,
        hops,
        error: error instanceof Error ? error.name : 'unknown',
      });
      return { ok: false, why: 'failed', hops };
    }
  }
  return { ok: false, why: 'lost', hops: MAX_HOPS };
}

/**
 * Where the directory says that it is: its profile does not know it, or not any more. A profile that was closed before it could open what the directory had
 * handed to it will never have it: whoever finds out moves it on.
 */
async function ask(
  { directory }: Services,
  { space, profile, through }: InteractCommand,
  isClosed: boolean,
): Promise<Home | null> {
  const like = jurisdictionOf(profile);
  const home = await directory.find(space, through.identity, null, like);
  if (!isClosed || home?.owner !== profile) return home;
  const moved = orphanedTo(identityKey(through.identity), home, { madePid });
  await directory.call(space, through.identity, moved, like);
  return directory.find(space, through.identity, null, like);
}

function movedTo(command: InteractCommand, profile: ProfileId, where: Partial<StrandRef>): InteractCommand {
  const { device, through } = command;
  const ref = { ...through, ...where };
  const isDevice = device && sameIdentity(device.identity, ref.identity);
  return { ...command, profile, through: ref, device: isDevice ? ref : device };
}

/** The answer with what the object left out, and with what profiles before it knew already. */
function wholeAnswer(answer: InteractAnswer, stored: readonly EventId[], ruleset: LoadedRuleset): InteractAnswer {
  if (!answer.bare && stored.length === 0) return answer;
  return {
    ...answer,
    bare: false,
    propositions: answer.bare ? withContents(answer.propositions, ruleset) : answer.propositions,
    duplicates: stored.length === 0 ? answer.duplicates : [...stored, ...answer.duplicates],
  };
}
