import { PURPOSES, type Purpose } from '../../core/policy/purposes.ts';
import type { ObjectWorld } from './object-world.ts';
import type { Vector, VectorStep } from './vector.schema.ts';
import { isNobodys, isVerified } from './world.ts';

/** Purposes by the names that vectors use. */
const PURPOSE_NAMES: Readonly<Record<string, Purpose>> = { ads: 'advertising', marketing: 'advertising' };

export function purposeOf(name: string): Purpose | null {
  return PURPOSE_NAMES[name] ?? PURPOSES.find((purpose) => purpose === name) ?? null;
}

/**
 * What of a vector no door of the product can do or show, so that the vector cannot be played on real objects as it stands. Empty:
 * it can. `schedule` is met by sending what is concurrent at once.
 */
export function objectNeeds(
  vector: Vector,
  { faults, abilities }: Pick<ObjectWorld, 'faults' | 'abilities'>,
): readonly string[] {
  const { steps, harness, engineOnly } = vector;
  const needs = new Set<string>(engineOnly === undefined ? [] : [engineOnly]);
  if ((vector.config.policy?.identityTtlMs ?? null) !== null) needs.add('a time to live of single identities');
  for (const step of steps) for (const need of stepNeeds(step, abilities)) needs.add(need);
  for (const name of Object.keys(harness ?? {})) {
    if (name !== 'faults' && name !== 'schedule') needs.add(`harness.${name}`);
  }
  for (const fault of faultsOf(vector)) if (!faults.has(fault)) needs.add(`fault ${fault}`);
  return [...needs];
}

/** Faults that a vector asks for. */
export function faultsOf({ harness }: Vector): readonly string[] {
  return Array.isArray(harness?.faults) ? harness.faults.map(String) : [];
}

function stepNeeds(step: VectorStep, abilities: ObjectWorld['abilities']): readonly string[] {
  const needs: string[] = [];
  if (step.op === 'restore' && !abilities.has('restore')) needs.push('recovery of one object');
  if (step.op === 'logout' && !abilities.has('logout'))
    needs.push('a logout, which only a device with its token can do');
  if (step.hint !== undefined && !abilities.has('hint')) needs.push('a hint, which only a device with its token has');
  if (step.assign !== undefined) needs.push('an arm given by a sender');
  if (!isVerified(step.auth) && !abilities.has('claim')) needs.push('a claim that links');
  if (isNobodys(step)) needs.push('a persona or a private visit');
  for (const [name, { t }] of Object.entries(step.consent ?? {})) {
    if (purposeOf(name) === null) needs.push(`the purpose ${name}`);
    if (t !== undefined && t !== step.t) needs.push('a choice of another time than its event');
  }
  return needs;
}
