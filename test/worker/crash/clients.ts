import { setTimeout } from 'node:timers/promises';
import { BROWSER, cookieOf, ORIGIN, WRITE_KEY } from '../../support/platform.ts';
import { namesOf } from './names-of.ts';
import type { Random } from './random.ts';
import { createEvent, groupOf, type SentEvent } from './sent-event.ts';

/** Where the platform is now: it comes back under another port after each kill. */
export interface Whereabouts {
  url: string;
  /** Share of requests whose sender hangs up early: the answer is lost, the request goes on. */
  readonly hangUp: number;
  /** Share of requests that come with a token of before. */
  readonly oldTokens: number;
  readonly serverKey: string;
  readonly prove: (customer: string) => Promise<string>;
}

/** Somebody who sends events, keeps what was not acknowledged, and sends it again until it is. */
export interface Client {
  readonly events: readonly SentEvent[];
  /** Does something new, then sends. */
  act(): Promise<void>;
  /** Sends what waits. False: not all of it was acknowledged. */
  flush(): Promise<boolean>;
  /** Events that are not acknowledged yet. */
  readonly waits: () => number;
  /** Status of the last answer, for the message of a test that fails; null: none came. */
  readonly lastAnswer: () => number | null;
}

interface Answer {
  readonly accepted: number;
  readonly duplicates: readonly string[];
  readonly refused: readonly { readonly id?: string; readonly code: string }[];
}

/** Asked for again; and over, because somebody was erased. */
const AGAIN: readonly string[] = ['unavailable'];
const FOR_GOOD: readonly string[] = ['erased'];
const BATCH = 10;
/** How long nothing that waits of one client may be taken: hundreds send at once, on a machine that may have much else to do. */
const IDLE_MS = 240_000;
/** How long a request may take: longer than a platform that is alive ever lets one wait. */
const ANSWER_MS = 20_000;
/** Nobody does anything new while this much waits. */
const PATIENCE = 40;

async function post(
  random: Random,
  hangUp: number,
  url: string,
  headers: Record<string, string>,
  body: object,
): Promise<Response | null> {
  const signal = AbortSignal.timeout(random.chance(hangUp) ? random.between(1, 25) : ANSWER_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    });
    // The body may be cut off as well: only a whole answer counts.
    return new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers });
  } catch {
    return null;
  }
}

/** Marks what an answer settles and gives what has to go again. */
async function settle(response: Response | null, batch: readonly SentEvent[]): Promise<readonly SentEvent[]> {
  if (!response || response.status >= 500 || response.status === 429) return batch;
  const text = await response.text();
  if (response.status !== 200) throw new Error(`refused: ${response.status} ${text}`);
  const answer = JSON.parse(text) as Answer;
  const refused = new Map(answer.refused.map(({ id, code }) => [id, code]));
  for (const event of batch) {
    const code = refused.get(event.wire.id) ?? null;
    if (code !== null && !AGAIN.includes(code)) {
      if (!FOR_GOOD.includes(code)) throw new Error(`refused: ${text}`);
      event.refused = code;
    }
  }
  const settled = batch.filter((event) => !refused.has(event.wire.id));
  if (answer.accepted + answer.duplicates.length !== settled.length) throw new Error(`does not add up: ${text}`);
  for (const event of settled) {
    event.acked = true;
    if (!answer.duplicates.includes(event.wire.id)) event.accepted++;
  }
  return batch.filter((event) => AGAIN.includes(refused.get(event.wire.id) ?? ''));
}

/** A browser with its cookie; sends one request at a time, as the SDK does: everything that waits, oldest first, with the proof if there is one. */
export function createBrowser(name: string, customers: readonly string[], random: Random, at: Whereabouts): Client {
  const events: SentEvent[] = [];
  let waiting: SentEvent[] = [];
  let lastAnswer: number | null = null;
  const group = groupOf(customers[0] as string);
  let cookie = '';
  /** Tokens of before, newest last. */
  const cookies: string[] = [];
  let customer: string | null = null;
  let owesProof = false;
  let saysGoodbye = false;

  const add = (type: string, data: object) => {
    const event = createEvent('web', group, type, data);
    events.push(event);
    waiting.push(event);
  };
  const browse = () => {
    for (let i = random.between(1, 4); i > 0; i--) {
      const kind = random.between(0, 9);
      if (kind < 5) add('product.viewed', { productId: `p${random.between(1, 30)}` });
      else if (kind < 7) add('page.viewed', { url: `https://shop.test/${name}` });
      else if (kind < 9)
        add('proposition.displayed', {
          proposition: 'prp_1',
          placement: 'hero',
          offer: random.chance(0.5) ? 'hero-viewer' : null,
        });
      else add('proposition.clicked', { proposition: 'prp_1', placement: 'hero', offer: 'hero-viewer' });
    }
  };

  const client: Client = {
    events,
    waits: () => waiting.length,
    lastAnswer: () => lastAnswer,
    async act() {
      if (waiting.length < PATIENCE) browse();
      // Nobody signs in as somebody else before the last goodbye has arrived.
      if (!saysGoodbye && random.chance(0.25)) {
        if (customer === null) {
          customer = customers[random.between(0, customers.length - 1)] as string;
          owesProof = true;
          add('signed.in', {});
        } else if (!owesProof) {
          add('signed.out', {});
          customer = null;
          saysGoodbye = true;
          if (random.chance(0.5)) browse();
        }
      }
      await client.flush();
    },
    async flush() {
      if (waiting.length === 0) return true;
      const batch = waiting.slice(0, BATCH);
      const proof = owesProof && customer ? { proof: await at.prove(customer) } : {};
      const shown = random.chance(at.oldTokens) ? (cookies[random.between(0, cookies.length - 1)] ?? cookie) : cookie;
      const route = random.chance(0.7) ? 'interact' : 'collect';
      const response = await post(
        random,
        at.hangUp,
        `${at.url}/v1/${route}?key=${WRITE_KEY.web}`,
        { origin: ORIGIN.web, ...(shown ? { cookie: `__Host-sv=${shown}` } : {}) },
        {
          events: batch.map((event) => event.wire),
          ...proof,
          ...(route === 'interact' && random.chance(0.5) ? { placements: ['hero'] } : {}),
        },
      );
      lastAnswer = response?.status ?? null;
      const again = await settle(response, batch);
      if (response?.status === 200) {
        const given = cookieOf(response);
        if (given) cookies.push(given);
        cookie = given ?? cookie;
        if (again.length < batch.length && 'proof' in proof) owesProof = false;
      }
      waiting = [...again, ...waiting.slice(batch.length)];
      if (waiting.length === 0) saysGoodbye = false;
      return waiting.length === 0;
    },
  };
  return client;
}

/** A backend that sends batches about people it names, the same people that sign in at the browsers among them. */
export function createBackend(customers: readonly string[], random: Random, at: Whereabouts): Client {
  const events: SentEvent[] = [];
  let waiting: SentEvent[] = [];
  let lastAnswer: number | null = null;
  const person = (value: string) => {
    const names = namesOf(value);
    // Mostly one name; sometimes several, and then they are one person from now on.
    if (random.chance(0.2)) return [{ namespace: 'anonymous', value: `client-${value}` }];
    if (random.chance(0.2)) return names;
    return [names[random.chance(0.6) ? 0 : random.between(1, 2)] as (typeof names)[number]];
  };
  const order = () => {
    for (let i = random.between(1, BATCH); i > 0; i--) {
      const data = {
        orderId: `o${events.length}`,
        total: 10,
        currency: 'EUR',
        items: [{ productId: 'p1', quantity: 1 }],
      };
      const value = customers[random.between(0, customers.length - 1)] as string;
      const event = createEvent('web', groupOf(value), 'order.placed', data, { identities: person(value) });
      events.push(event);
      waiting.push(event);
    }
  };
  const client: Client = {
    events,
    waits: () => waiting.length,
    lastAnswer: () => lastAnswer,
    async act() {
      if (waiting.length < PATIENCE) order();
      await client.flush();
    },
    async flush() {
      const batch = waiting.slice(0, BATCH);
      if (batch.length === 0) return true;
      const headers = { authorization: `Bearer ${at.serverKey}` };
      const response = await post(random, at.hangUp, `${at.url}/v1/collect`, headers, {
        events: batch.map((event) => event.wire),
      });
      lastAnswer = response?.status ?? null;
      waiting = [...(await settle(response, batch)), ...waiting.slice(batch.length)];
      return waiting.length === 0;
    },
  };
  return client;
}

export interface Shift {
  readonly isOver: () => boolean;
  /** Nobody does anything while this says no; absent: they try. */
  readonly isUp?: () => boolean;
  /** Longest rest after a turn. */
  readonly restMs?: number;
}

/** Acts until told to stop; rests a moment after each turn. */
export async function keepActing(
  client: Pick<Client, 'act'>,
  random: Random,
  { isOver, isUp = () => true, restMs = 60 }: Shift,
): Promise<void> {
  while (!isOver()) {
    if (isUp()) await client.act();
    await setTimeout(random.between(5, restMs));
  }
}

/** Sends until everything is acknowledged. */
export async function sendAll(client: Client): Promise<void> {
  let since = Date.now();
  for (let before = client.waits(); !(await client.flush()); before = client.waits()) {
    if (client.waits() < before) since = Date.now();
    if (Date.now() - since > IDLE_MS)
      throw new Error(`the platform does not take what waits: ${JSON.stringify(client.lastAnswer())}`);
    await setTimeout(25);
  }
}
