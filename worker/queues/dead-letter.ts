import type { EffectMessage } from '../../core/interaction/effect-message.ts';

/** Keeps what could not be processed after all retries, with its content, until an operator replays or deletes it. */
export async function keepDeadLetters(
  d1: D1Database,
  queue: string,
  messages: readonly Message<EffectMessage>[],
): Promise<void> {
  const insert = d1.prepare(
    'INSERT INTO dead_letter (id, space, at, queue, reason, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  if (messages.length === 0) return;
  await d1.batch(
    messages.map(({ id, body, timestamp, attempts }) =>
      insert.bind(
        id,
        body.space,
        timestamp.getTime(),
        queue,
        `given up after ${attempts} attempts`,
        JSON.stringify(body),
      ),
    ),
  );
}
