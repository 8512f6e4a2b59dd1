/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain, github.com/aappleby/smhasher) over the UTF-16LE bytes of a text: two units of a
 * string are one block, so that nothing needs encoding. Any library gives the same number for the same bytes. Unsigned; not for secrets.
 */
export function murmurUtf16(text: string, seed: number): number {
  const { length } = text;
  const paired = length & -2;
  let hash = seed | 0;
  for (let i = 0; i < paired; i += 2) {
    const block = scramble(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
    hash ^= block;
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (paired < length) hash ^= scramble(text.charCodeAt(paired));
  hash ^= 2 * length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
