import { PLACEMENTS } from '../configuration.ts';
import type { RawEvent } from '../engine/workload/descriptor.ts';
import { type CaseName, prepare } from '../requests.ts';
import type { Product } from '../servers.ts';
import { callOperator } from './operator.ts';
import type { BenchSegment } from './rules.ts';
import { profileOf, type SentEvent, sendAsServer, serverEvents } from './visitors.ts';

/** What a side said of a visitor of whom everything is known. */
export interface Checked {
  /** Segments asked about, and those of them whose recorded membership is not what plain closures say. */
  readonly asked: number;
  readonly members: number;
  readonly wrong: readonly string[];
  /** By placement: the offer. */
  readonly offers: string;
}

const VISITS = 6;
/** Far from the numbers of measured requests. */
const FIRST_NUMBER = 900_000_000;
/** Two events of one millisecond are never one after the other. */
const PAUSE_MS = 5;

/** One visitor with history, attributes and some visits: are the segments that every nth of these is right? */
export async function checkAnswers(
  product: Product,
  visitor: number,
  segments: readonly BenchSegment[],
): Promise<Checked> {
  const events: SentEvent[] = [];
  const visit = async (name: CaseName, number: number, token: string | null) => {
    const recipe = { name, visitors: token === null ? [] : [token], serverKey: product.serverKey, from: number };
    const { path, headers, body } = prepare(recipe, 0);
    const answer = await fetch(`${product.url}${path}`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    events.push(...(JSON.parse(body) as { readonly events: readonly SentEvent[] }).events);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const cookie = /__Host-sv=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
    return { token: cookie ?? token ?? '', answer: JSON.parse(text) as Answer };
  };
  const from = FIRST_NUMBER + visitor * 100;
  let seen = await visit('seed', from, null);
  const told = serverEvents(visitor);
  await sendAsServer(product, seen.token, told);
  events.push(...told);
  for (let i = 1; i <= VISITS; i++) seen = await visit('warm', from + i, seen.token);

  const profile = await profileIdOf(product, seen.token);
  const known = events.map(rawEvent).sort((a, b) => a.at - b.at);
  const wrong: string[] = [];
  let members = 0;
  for (const segment of segments) {
    const path = `profiles/explain?profile=${profile}&segment=${segment.id}`;
    const { recorded } = (await callOperator(product.platform, 'GET', path)) as {
      readonly recorded: { readonly member: boolean } | null;
    };
    const expected = segment.holds(profileOf(visitor), known, Date.now());
    if (expected) members++;
    if ((recorded?.member ?? false) !== expected) wrong.push(segment.id);
  }
  const offers = seen.answer.propositions.map(({ placement, offer }) => `${placement}: ${offer}`).join(', ');
  return { asked: segments.length, members, wrong, offers };
}

interface Answer {
  readonly propositions: readonly { readonly placement: string; readonly offer: string | null }[];
}

function rawEvent({ id, type, occurredAt, data }: SentEvent): RawEvent {
  return { id, type, at: Date.parse(occurredAt), source: 'web', data: data as unknown as RawEvent['data'] };
}

async function profileIdOf(product: Product, visitor: string): Promise<string> {
  const answer = await fetch(`${product.url}/v1/decide`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.serverKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ visitor, placements: PLACEMENTS, include: ['profile'] }),
  });
  const { profile } = (await answer.json()) as { readonly profile?: { readonly id: string } };
  if (!profile) throw new Error('no profile behind the token');
  return profile.id;
}
