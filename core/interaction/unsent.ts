import type { Identity } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import { MINUTE_MS } from '../lib/instant.ts';
import { countsHere, type Strand, sameIdentity } from '../profile/strand.ts';
import { openChunk } from './outbox.ts';
import { findStrand, type ProfileState } from './state.ts';

/** So long after nothing is under way any more nobody waits for a device: it went elsewhere. */
const OVERDUE_MS = 2 * MINUTE_MS;

/** Nobody is told of these facts before the device they came over is here. */
export function holdBack(strand: Strand, device: Identity, names: readonly string[], now: Instant): void {
  strand.unsent = [...(strand.unsent ?? []), { device, since: now, names }];
}

/** Whether a fact that came over this device has been told to nobody. */
export function isUnsent(strand: Pick<Strand, 'unsent'>, device: Identity, name: string): boolean {
  return isAhead(strand, device, (ahead) => ahead === name);
}

/** Whether one of the facts that came over this device, and have been told to nobody, is such. */
export function isAhead(
  { unsent = [] }: Pick<Strand, 'unsent'>,
  device: Identity,
  isSuch: (name: string) => boolean,
): boolean {
  return unsent.some((waiting) => sameIdentity(waiting.device, device) && waiting.names.some(isSuch));
}

/** They are another strand's, or were stored elsewhere: nothing is told of them from here. */
export function dropUnsent(strand: Strand, isDropped: (name: string) => boolean): void {
  const left = (strand.unsent ?? []).map(({ names, ...waiting }) => ({
    ...waiting,
    names: names.filter((name) => !isDropped(name)),
  }));
  keep(
    strand,
    left.filter(({ names }) => names.length > 0),
  );
}

/** Names of all facts that nobody has been told of, and that wait in no chunk. */
export function unsentNames({ strands }: ProfileState): readonly string[] {
  return strands.flatMap(({ unsent = [] }) => unsent.flatMap(({ names }) => names));
}

/** Devices that have wholly come: what came ahead of them leaves with the next chunk. */
export function sendArrived(state: ProfileState, now: Instant): void {
  send(state, now, (device) => findStrand(state, device)?.strand.state === 'owned');
}

/** The same of what has waited for so long that its device went elsewhere. For profiles that wait for nothing else. */
export function sendOverdue(state: ProfileState, now: Instant): void {
  send(state, now, (_, since) => since + OVERDUE_MS <= now);
}

/** When that is the case of the first of them; null: nothing waits. */
export function overdueAt({ strands }: ProfileState): Instant | null {
  let first = Number.POSITIVE_INFINITY;
  for (const strand of strands) {
    if (!countsHere(strand)) continue;
    for (const { since } of strand.unsent ?? []) first = Math.min(first, since + OVERDUE_MS);
  }
  return first === Number.POSITIVE_INFINITY ? null : (first as Instant);
}

function send(state: ProfileState, now: Instant, isOver: (device: Identity, since: Instant) => boolean): void {
  for (const strand of state.strands) {
    if (!strand.unsent || !countsHere(strand)) continue;
    const over = strand.unsent.filter(({ device, since }) => isOver(device, since));
    if (over.length === 0) continue;
    const { unsent } = strand;
    openChunk(state.outbox, now).facts.push(...over.flatMap(({ names }) => names));
    keep(
      strand,
      unsent.filter((waiting) => !over.includes(waiting)),
    );
  }
}

function keep(strand: Strand, left: Strand['unsent'] & object): void {
  if (left.length > 0) strand.unsent = left;
  else delete strand.unsent;
}
