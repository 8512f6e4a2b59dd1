import type { JsonValue } from '../lib/json.ts';
import { compareValues, instantValue } from './comparing.ts';
import type { PostingList } from './posting-list.ts';
import type { RuntimeSelector } from './runtime.ts';
import type { Scratch } from './scratch.ts';
import { TRUE } from './truth.ts';

/** Whether the reader sees every posting of the list, so that counting is subtraction: the common case. */
export function seesAll(scratch: Scratch, list: PostingList, selector: RuntimeSelector): boolean {
  return selector.where.length === 0 && (list.common & selector.bit) !== 0 && (scratch.withdrawn & selector.bit) === 0;
}

/** Whether the posting exists for the reader: collected for its purpose, not withdrawn, and true beside the profile's attributes. */
export function sees(scratch: Scratch, list: PostingList, selector: RuntimeSelector, i: number): boolean {
  const { bit, where } = selector;
  if (((list.purposes[i] as number) & bit) === 0) return false;
  if ((scratch.withdrawn & bit) !== 0 && (scratch.view.withdrawn(list.strand[i] as number) & bit) !== 0) return false;
  for (let c = 0; c < where.length; c++) {
    const { column, is, attribute, type } = where[c] as RuntimeSelector['where'][number];
    let left = (list.columns[column] as JsonValue[])[i];
    let right = scratch.view.attribute(attribute);
    if (type === 'instant') {
      left = instantValue(left);
      right = instantValue(right);
    }
    if (compareValues(left, is, right) !== TRUE) return false;
  }
  return true;
}

/** The latest visible posting in [start, end), or -1. */
export function latestVisible(
  scratch: Scratch,
  list: PostingList,
  selector: RuntimeSelector,
  start: number,
  end: number,
): number {
  if (seesAll(scratch, list, selector)) return end > start ? end - 1 : -1;
  for (let i = end - 1; i >= start; i--) if (sees(scratch, list, selector, i)) return i;
  return -1;
}
