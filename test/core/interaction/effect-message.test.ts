import { describe, expect, it } from 'vitest';
import { planMessages } from '../../../core/interaction/effect-message.ts';
import type { OutboxChunk } from '../../../core/interaction/outbox.ts';
import type { Sequence } from '../../../core/lib/ids.ts';
import { DEVICE, event, later, NOW, PROFILE, SPACE } from './visit-fixture.ts';

const ORIGIN = { space: SPACE, profile: PROFILE, known: true };
/** What Cloudflare Queues take, in bytes. */
const MOST = 128_000;

const chunk = (more: Partial<OutboxChunk> = {}): OutboxChunk => ({
  id: 7,
  deadline: later(15_000),
  facts: [],
  changes: [],
  decisions: { 'hero\nx': 2 },
  ...more,
});
const facts = (count: number, text: string) =>
  Array.from({ length: count }, () => ({
    ...event('custom.x', NOW, { text }),
    strand: 0,
    auth: 'anonymous' as const,
    identity: DEVICE,
  }));
const bytes = (message: unknown) => new TextEncoder().encode(JSON.stringify(message)).length;

describe('a chunk on its way to the queue', () => {
  it('that is small is one message under a name of its own', () => {
    const sent = facts(3, 'x');
    expect(planMessages(ORIGIN, chunk(), sent)).toEqual([
      {
        version: 1,
        ...ORIGIN,
        id: `${PROFILE}/7/0`,
        minute: Math.floor(later(15_000) / 60_000),
        facts: sent,
        changes: [],
        decisions: { 'hero\nx': 2 },
      },
    ]);
  });

  it.each([
    ['long', 'x'.repeat(8000)],
    ['of characters of three bytes', '\u20ac'.repeat(8000)],
    ['of one size with the largest event', '\u20ac'.repeat(10_900)],
  ])('with texts %s stays below what a queue takes, loses nothing and doubles nothing', (_, text) => {
    const sent = facts(60, text);
    const messages = planMessages(ORIGIN, chunk(), sent);
    expect(messages.length).toBeGreaterThan(1);
    for (const message of messages) expect(bytes(message)).toBeLessThan(MOST);
    expect(messages.flatMap((message) => message.facts.map(({ id }) => id))).toEqual(sent.map(({ id }) => id));
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    expect(messages.map(({ decisions }) => Object.keys(decisions).length)).toEqual(
      messages.map((__, i) => (i === 0 ? 1 : 0)),
    );
  });

  it('after a publish that moved thousands of memberships stays below it too', () => {
    const changes = Array.from({ length: 10_000 }, (_, i) => ({
      segment: `segment-with-a-long-name-${i}`,
      status: 'entered' as const,
      since: NOW,
      cause: 'publish' as const,
      sequence: 3 as Sequence,
      evidence: { events: [], attributes: ['tier'] },
    }));
    const messages = planMessages(ORIGIN, chunk({ changes }), facts(1, 'x'));
    for (const message of messages) expect(bytes(message)).toBeLessThan(MOST);
    expect(messages.flatMap((message) => message.changes)).toEqual(changes);
  });

  it('planned again is the same, so that a repeated drain sends the same', () => {
    const sent = facts(40, 'x'.repeat(5000));
    expect(planMessages(ORIGIN, chunk(), sent)).toEqual(planMessages(ORIGIN, chunk(), sent));
  });
});
