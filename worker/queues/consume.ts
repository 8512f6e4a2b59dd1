import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';
import { archiveFacts } from './archive.ts';
import { keepDeadLetters } from './dead-letter.ts';
import { rollUp } from './rollup.ts';

/** Queue names end in their role, so that a second environment may put its own name in front. */
const DEAD_LETTERS = /dead-letters$/;

/** One batch: archive first (twice does no harm, compaction drops repeats), then rollups (each message counts once). A throw retries the batch. */
export async function consume(batch: MessageBatch<EffectMessage>, env: Env): Promise<void> {
  const messages = batch.messages.map((message) => message.body);
  if (DEAD_LETTERS.test(batch.queue)) {
    await keepDeadLetters(env.CONTROL, batch.queue, batch.messages);
    return;
  }
  await archiveFacts(env.ARCHIVE, messages, batch.messages[0]?.id ?? 'empty');
  const applied = await rollUp(env.CONTROL, messages);
  logLine({
    kind: 'batch',
    queue: batch.queue,
    messages: messages.length,
    applied,
    facts: messages.reduce((sum, message) => sum + message.facts.length, 0),
  });
}
