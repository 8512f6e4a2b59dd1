import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { EventId } from '../../core/lib/ids.ts';
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
  command: InteractCommand,
  budgetMs: number,
): Promise<CallOutcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<CallOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, why: 'timeout', hops: 1 }), budgetMs);
  });
  try {
    return await Promise.race([follow(services, command), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Never rejects, so that the loser of the race cannot become an unhandled rejection. */
async function follow(services: Services, first: InteractCommand): Promise<CallOutcome> {
  let command = first;
  const stored: EventId[] = [];
  for (let hops = 1; hops <= MAX_HOPS; hops++) {
    try {
      const reply = await services.profile(command.space, command.profile).interact(command);
      if (reply.ok)
        return { ok: true, hops, answer: { ...reply.answer, duplicates: [...stored, ...reply.answer.duplicates] } };
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
