import type { Source } from '../resources.ts';
import type { Consequence, ConsequenceCode } from './consequence.ts';
import type { ResourceChange } from './content-diff.ts';

/** Who cannot speak any more. Keys are counted, never shown. */
export function sourceConsequences({ kind, id, change, before, after }: ResourceChange): readonly Consequence[] {
  if (kind !== 'source' || before === null) return [];
  const was = before.body as unknown as Source;
  const is = after?.body as unknown as Source | undefined;
  const about = { kind, id };
  const tell = (code: ConsequenceCode, data: Consequence['data'], sentence: string): Consequence => ({
    code,
    about,
    data,
    sentence,
  });
  if (change === 'removed' || is === undefined)
    return [tell('keysRemoved', {}, `Source ${id} goes: whoever sends with one of its keys is refused.`)];
  const found: Consequence[] = [];
  const keys = {
    write: gone(was.writeKeys, is.writeKeys),
    server: gone(was.serverKeyHashes, is.serverKeyHashes),
    proof: gone(kids(was), kids(is)),
  };
  for (const [which, lost] of Object.entries(keys)) {
    if (lost.length === 0) continue;
    const words = lost.length === 1 ? `a ${which} key` : `${lost.length} ${which} keys`;
    found.push(
      tell('keysRemoved', { keys: which, count: lost.length }, `Source ${id} loses ${words}: who uses it is refused.`),
    );
  }
  const origins = gone(was.allowedOrigins, is.allowedOrigins);
  if (origins.length > 0)
    found.push(
      tell('originsRemoved', { origins }, `Pages of ${origins.join(', ')} may not use source ${id} any more.`),
    );
  if ((is.revokedBefore ?? 0) > (was.revokedBefore ?? 0))
    found.push(
      tell(
        'visitorsRevoked',
        { group: is.group },
        `Visitors of group ${is.group} whose tokens are older start anew, as strangers.`,
      ),
    );
  return found;
}

function kids({ proofKeys }: Source): readonly string[] {
  return proofKeys.map(({ kid }) => kid);
}

function gone(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = new Set(after);
  return before.filter((each) => !left.has(each));
}
