import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Env } from '../env.ts';
import { namesOf } from '../identity-names.ts';
import { logLine } from '../observe/log.ts';
import { archiveKeysOf } from '../stores/archive-keys.ts';
import { putReceipts } from '../stores/receipt-store.ts';
import { archiveFacts } from './archive.ts';
import { noteClaims } from './claims.ts';
import { keepDeadLetters } from './dead-letter.ts';
import { countItems } from './item-counts.ts';
import { noteActive } from './note-active.ts';
import { rollUp } from './rollup.ts';

/** Queue names end in their role, so that a second environment may put its own name in front. */
export const DEAD_LETTERS = /dead-letters$/;

/**
 * One batch: archive first (twice does no harm, compaction drops repeats), then rollups (each message counts once). When it fails, each message
 * is tried alone, so that one that cannot be applied does not take its neighbours along to the dead letters.
 */
export async function consume(batch: MessageBatch<EffectMessage>, env: Env): Promise<void> {
  if (DEAD_LETTERS.test(batch.queue)) {
    await keepDeadLetters(env.CONTROL, archiveKeysOf(env), batch.queue, batch.messages);
    return;
  }
  try {
    await apply(batch.queue, batch.messages, env);
  } catch (error) {
    if (batch.messages.length === 1) throw error;
    for (const message of batch.messages) {
      await apply(batch.queue, [message], env).then(
        () => message.ack(),
        () => message.retry(),
      );
    }
  }
}

async function apply(queue: string, delivered: readonly Message<EffectMessage>[], env: Env): Promise<void> {
  const messages = delivered.map((message) => message.body);
  await archiveFacts(env.ARCHIVE, archiveKeysOf(env), messages, delivered[0]?.id ?? 'empty');
  await putReceipts(env.ARCHIVE, messages, delivered[0]?.id ?? 'empty');
  tellLeftOut(messages);
  await noteClaims(env.CONTROL, namesOf(env).directory, messages);
  await countItems(env.CATALOGUE, messages);
  const applied = await rollUp(env.CONTROL, messages);
  await noteActive(env, messages);
  logLine({
    kind: 'batch',
    queue,
    messages: messages.length,
    applied,
    facts: messages.reduce((sum, message) => sum + message.facts.length, 0),
  });
}

/** Receipts that were too large to be kept. */
function tellLeftOut(messages: readonly EffectMessage[]): void {
  for (const { space, receipts = [] } of messages) {
    for (const receipt of receipts) {
      if (!('leftOut' in receipt)) continue;
      const { request, sequence, bytes, leftOut } = receipt;
      logLine({ kind: 'receiptLeftOut', space, request, sequence, bytes, limit: leftOut });
    }
  }
}
