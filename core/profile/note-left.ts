import type { Instant } from '../lib/ids.ts';
import type { Strand } from './strand.ts';

/** Somebody signed out on this device: of several times, the last counts. */
export function noteLeft(strand: Pick<Strand, 'leftAt'>, at: Instant | undefined): void {
  if (at !== undefined && (strand.leftAt === undefined || strand.leftAt < at)) strand.leftAt = at;
}
