import { setTimeout } from 'node:timers/promises';
import type { ErasureRecord } from '../../../worker/services/erasures.ts';
import type { Whereabouts } from './clients.ts';
import { type Name, namesOf } from './names-of.ts';
import type { Random } from './random.ts';
import { groupOf } from './sent-event.ts';

/** One erasure that an operator asked for. */
export interface AskedErasure {
  readonly request: string;
  readonly group: string;
  readonly who: Name;
  readonly scope: ErasureRecord['scope'];
  /** What the product says of it; null: nothing yet. */
  certificate: { readonly profile: string; readonly requestedAt: string; readonly finishedAt: string | null } | null;
  /** When its end was known here; null: it goes on, or nobody of that name was stored. */
  endedAt: number | null;
  isOver: boolean;
  /** For the message of a test that fails. */
  lastAnswer: unknown;
}

/** Somebody who links, unlinks, splits and erases people while they are being served. */
export interface Operator {
  readonly erasures: readonly AskedErasure[];
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  act(): Promise<void>;
  /** Asks for one erasure, until it is over. */
  erase(who: Name, scope: ErasureRecord['scope'], suppress: boolean): Promise<AskedErasure>;
  /** Goes on with erasures until all are over. */
  finish(): Promise<void>;
}

/** Each call waits for objects itself; what is not over by then never will be. */
const PATIENCE_MS = 60_000;
const REASON = { reason: 'a test of many faults' };

export function createOperator(
  customers: readonly string[],
  isErasable: (group: string) => boolean,
  token: string,
  random: Random,
  at: Whereabouts,
): Operator {
  const erasures: AskedErasure[] = [];
  const erasable = customers.filter((customer) => isErasable(groupOf(customer)));
  const answers: Record<string, number> = {};
  let serial = 0;

  const post = (path: string, body: object) => send('POST', path, JSON.stringify(body));

  async function send(
    method: 'GET' | 'POST',
    path: string,
    body: string | null = null,
  ): Promise<{ readonly status: number; readonly json: unknown } | null> {
    let answer: { readonly status: number; readonly json: unknown } | null = null;
    try {
      const response = await fetch(`${at.url}/v1/admin/people/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      answer = { status: response.status, json: await response.json() };
    } catch {
      // Killed meanwhile, or too slow: asked again.
    }
    const name = `${path.split('/')[0]} ${answer?.status ?? 'no answer'}`;
    answers[name] = (answers[name] ?? 0) + 1;
    return answer;
  }

  async function goOn(one: AskedErasure, suppress = false): Promise<void> {
    const asked = await post('erase', { ...one.who, scope: one.scope, suppress, request: one.request, ...REASON });
    // It has ended, and the one who was named was split off before: what it ended is on the certificate.
    const answer = asked?.status === 409 ? await send('GET', `erasures/${one.request}`) : asked;
    one.lastAnswer = answer;
    if (answer?.status === 200 || answer?.status === 202) {
      one.certificate = answer.json as NonNullable<AskedErasure['certificate']>;
      if (one.certificate.finishedAt === null) return;
      one.endedAt = Date.now();
      one.isOver = true;
    } else if (answer?.status === 404) {
      one.isOver = true;
    } else if (answer && answer.status < 500 && answer.status !== 409) {
      throw new Error(`erasure refused: ${answer.status} ${JSON.stringify(answer.json)}`);
    }
  }

  async function untilOver(one: AskedErasure, suppress: boolean): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !one.isOver; ) {
      if (Date.now() > end) throw new Error(`an erasure does not end: ${JSON.stringify(one)}`);
      await goOn(one, suppress);
      await setTimeout(50);
    }
  }

  function ask(who: Name, group: string, scope: ErasureRecord['scope']): AskedErasure {
    const request = `erase-${++serial}-${random.between(0, 1_000_000_000)}`;
    const one: AskedErasure = {
      request,
      group,
      who,
      scope,
      certificate: null,
      endedAt: null,
      isOver: false,
      lastAnswer: null,
    };
    erasures.push(one);
    return one;
  }

  return {
    erasures,
    answers,
    async act() {
      const some = random.chance(0.5) ? erasable : customers;
      const customer = some[random.between(0, some.length - 1)] as string;
      const names = namesOf(customer);
      const [a, b] = [names[random.between(0, 2)] as Name, names[random.between(0, 2)] as Name];
      const waiting = erasures.filter(({ isOver }) => !isOver);
      if (random.chance(waiting.length / 4))
        return goOn(waiting[random.between(0, waiting.length - 1)] as AskedErasure);
      const kind = random.between(0, 9);
      if (kind < 3 && a !== b) await post('link', { a, b, ...REASON });
      else if (kind < 5 && a !== b) await post('unlink', { a, b, ...REASON });
      else if (kind < 6) await post('split', { identities: [a], ...REASON });
      else if (isErasable(groupOf(customer))) {
        await goOn(ask(a, groupOf(customer), random.chance(0.6) ? 'person' : 'identity'));
      }
    },
    async erase(who, scope, suppress) {
      const one = ask(who, 'last', scope);
      await untilOver(one, suppress);
      return one;
    },
    async finish() {
      for (const one of erasures) await untilOver(one, false);
    },
  };
}
