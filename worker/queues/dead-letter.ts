import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import { archiveKeyName } from '../stores/archive-line.ts';

/**
 * Keeps what could not be processed after all retries, with its content, until an operator replays or deletes it. Nothing of people who have been erased since: a
 * letter of theirs is not kept, and their facts are taken out of letters of others.
 */
export async function keepDeadLetters(
  d1: D1Database,
  keys: Pick<ArchiveKeys, 'destroyed'>,
  queue: string,
  messages: readonly Message<EffectMessage>[],
): Promise<void> {
  const insert = d1.prepare(
    `INSERT INTO dead_letter (id, space, at, queue, reason, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6
     WHERE NOT EXISTS (SELECT 1 FROM ended_profile WHERE space = ?2 AND pid = ?7 AND erased = 1) ON CONFLICT DO NOTHING`,
  );
  if (messages.length === 0) return;
  const letters = await Promise.all(
    messages.map(async ({ id, body, timestamp, attempts }) => {
      const reason = `given up after ${attempts} attempts`;
      const kept = JSON.stringify(await withoutErased(body, keys));
      return insert.bind(id, body.space, timestamp.getTime(), queue, reason, kept, body.profile);
    }),
  );
  await d1.batch(letters);
}

async function withoutErased(message: EffectMessage, keys: Pick<ArchiveKeys, 'destroyed'>): Promise<EffectMessage> {
  const { space, profile, facts } = message;
  const nameOf = ({ strand }: EffectMessage['facts'][number]) => archiveKeyName({ profile, strand });
  const destroyed = await keys.destroyed(space, [...new Set(facts.map(nameOf))]);
  return destroyed.size === 0 ? message : { ...message, facts: facts.filter((fact) => !destroyed.has(nameOf(fact))) };
}
