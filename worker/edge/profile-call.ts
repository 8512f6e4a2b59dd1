import { withContents } from '../../core/decision/contents.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { EventId } from '../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { logLine } from '../observe/log.ts';
import type { Services } from '../services.ts';

export type CallOutcome =
  | { readonly ok: true; readonly answer: InteractAnswer; readonly hops: number }
  | {
      readonly ok: false;
      readonly why: 'timeout' | 'failed' | 'noRuleset' | 'newerData' | 'lost';
      readonly hops: number;
    };

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
  for (let hops = 1; hops <= MAX_HOPS; hops++) {
    try {
      const reply = await services.profile(command.space, command.profile).interact(command);
      if (reply.ok) return { ok: true, hops, answer: wholeAnswer(reply.answer, stored, ruleset) };
      if (reply.error.kind !== 'moved') return { ok: false, why: reply.error.kind, hops };
      const { to, epoch, known = [] } = reply.error;
      stored.push(...known);
      const ref = { ...command.through, epoch };
      const device = command.device && command.device.identity.value === ref.identity.value ? ref : command.device;
      command = {
        ...command,
        profile: to,
        through: ref,
        device,
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
