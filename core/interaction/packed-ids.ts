/** One character says how many characters an id shares with the one before it: `A` none, `B` one. Ids hold no capitals and are short. */
const NONE_SHARED = 65;
const MOST_SHARED = 25;
const CAPITAL = /[A-Z]/;

/**
 * Ids in one text, each as what it does not share with the one before: ids of one ruleset begin alike, and hundreds of them are written
 * with every visit. As they are if one holds a capital letter.
 */
export function packIds(ids: readonly string[]): string | readonly string[] {
  if (CAPITAL.test(ids.join(''))) return ids;
  let text = '';
  let before = '';
  for (const id of ids) {
    const most = Math.min(before.length, id.length, MOST_SHARED);
    let shared = 0;
    while (shared < most && before.charCodeAt(shared) === id.charCodeAt(shared)) shared++;
    text += String.fromCharCode(NONE_SHARED + shared) + id.slice(shared);
    before = id;
  }
  return text;
}

export function unpackIds(packed: string | readonly string[]): readonly string[] {
  if (typeof packed !== 'string') return packed;
  const ids: string[] = [];
  let before = '';
  for (const [, letter = '', rest = ''] of packed.matchAll(/([A-Z])([^A-Z]*)/g)) {
    before = before.slice(0, letter.charCodeAt(0) - NONE_SHARED) + rest;
    ids.push(before);
  }
  return ids;
}
