import type { Program } from '../program.ts';
import { setBit } from './bit-masks.ts';
import { createGroupBits, type GroupBits, writeGroup } from './group-bits.ts';
import { markReaders, type SegmentRun } from './rerun-segments.ts';

/** All conditions on attributes by literals. Belongs to the program; profiles share it. */
export interface AttributeBits {
  /** By attribute. */
  readonly groups: readonly GroupBits[];
  /** Groups of attribute a: from `starts[a]` to `starts[a + 1]`. */
  readonly starts: Int32Array;
  /** Words of the largest group, truths and falsehoods. */
  readonly mostWords: number;
  /** Literals that some segment reads: of others nobody wants to hear. */
  readonly watched: Int32Array;
}

type Parts = Pick<Program, 'attributes' | 'predicates' | 'words' | 'segments' | 'code'>;

export function createAttributeBits(program: Parts): AttributeBits {
  const groups = program.predicates.map(createGroupBits).sort((a, b) => a.attribute - b.attribute);
  const starts = new Int32Array(program.attributes.length + 1).fill(groups.length);
  for (let i = groups.length - 1, a = starts.length - 1; i >= 0; i--) {
    const { attribute } = groups[i] as GroupBits;
    while (a > attribute) starts[a--] = i + 1;
    starts[a] = i;
  }
  const watched = new Int32Array(program.words);
  for (let i = 0; i < program.code.length; i += 3) setBit(watched, program.code[i] as number);
  for (const { access } of program.segments) if (access >= 0) setBit(watched, access);
  return { groups, starts, mostWords: Math.max(0, ...groups.map(({ words }) => 2 * words)), watched };
}

/**
 * Sets the literals of every attribute. `values`: JSON by position in `Program.attributes`; undefined and null are absent. What the words held
 * before does not matter; those of other literals are left alone.
 */
export function writeAttributes({ groups }: AttributeBits, values: readonly unknown[], words: Int32Array): void {
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as GroupBits;
    writeGroup(group, values[group.attribute], words, group.word);
  }
}

/**
 * Sets the literals of one attribute; the readers of those that flipped become dirty. `scratch` has room for `mostWords`; its content is lost.
 */
export function changeAttribute(
  { groups, starts, watched }: AttributeBits,
  attribute: number,
  value: unknown,
  scratch: Int32Array,
  run: SegmentRun,
): void {
  const { words } = run;
  const end = starts[attribute + 1] as number;
  for (let i = starts[attribute] as number; i < end; i++) {
    const group = groups[i] as GroupBits;
    writeGroup(group, value, scratch, 0);
    const count = 2 * group.words;
    for (let w = 0; w < count; w++) {
      const word = group.word + w;
      const after = scratch[w] as number;
      let flipped = ((words[word] as number) ^ after) & (watched[word] as number);
      words[word] = after;
      for (; flipped !== 0; flipped &= flipped - 1) {
        const bit = 31 - Math.clz32(flipped & -flipped);
        markReaders(run, word * 32 + bit, -((after >>> bit) & 1));
      }
    }
  }
}
