import type { Manifest } from '../../../core/ruleset/manifest.ts';
import { actEntry } from './act-entry.ts';
import type { PublishingContext } from './publishing-context.ts';

/**
 * Ends a publish that stopped between its two commits: live when D1 has its part, otherwise over for good. Answers the sequence that became live just now;
 * null: none. Throws when D1 does not say.
 */
export async function settleIntent(context: PublishingContext): Promise<Manifest | null> {
  const { ledger, chain, now } = context;
  const intent = ledger.intendedSequence();
  if (intent === null) return null;
  const fate = await chain.fateOf(intent.entry);
  if (fate === 'written') return ledger.commitIntended(intent);
  if (fate === 'open') {
    // Takes the number of the entry that is not there: a batch that is still on its way finds no place any more.
    const { actor, changeSet } = intent.content;
    await chain.append(actEntry(actor, now(), 'interrupted', { kind: 'changeSet', subject: changeSet ?? '' }), []);
  }
  ledger.dropIntended();
  return null;
}
