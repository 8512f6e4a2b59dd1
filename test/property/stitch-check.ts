import { expect } from 'vitest';
import { membersOf } from '../../core/interaction/evaluate.ts';
import { openLive } from '../../core/interaction/live.ts';
import { rebuild } from '../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot } from '../../core/interaction/snapshot.ts';
import type { ProfileState } from '../../core/interaction/state.ts';
import { countsHere } from '../../core/profile/strand.ts';
import type { StitchNode, StitchWorld } from './stitch-world.ts';

/** What was kept up to date through all moves is what facts say when they are read anew. */
export function checkFresh(world: StitchWorld, node: StitchNode, state: ProfileState): void {
  const { engine, segmentInfo } = world.ruleset;
  const bytes = encodeSnapshot(state, (text) => new TextEncoder().encode(text));
  const decoded = decodeSnapshot(bytes, engine.program, (part) => new TextDecoder().decode(part));
  if (!decoded.ok) throw new Error(decoded.error);
  const fresh = decoded.value.state;
  expect(fresh.stitch).toEqual(state.stitch);
  expect(fresh.strands).toEqual(state.strands);
  rebuild(fresh, world.ruleset, node.table.facts.values());
  if (!state.strands.some(countsHere)) {
    for (const [segment, { member }] of state.memberships) expect([segment, member]).toEqual([segment, false]);
    expect(fresh.log.length).toBe(0);
    return;
  }
  openLive(fresh, engine, state.evaluatedAt);
  const members = membersOf(fresh);
  for (const [position, { id, hidden }] of segmentInfo.entries()) {
    if (!hidden) expect([id, state.memberships.has(id)]).toEqual([id, members[position] === 1]);
  }
  expect(state.log.length).toBe(fresh.log.length);
}
