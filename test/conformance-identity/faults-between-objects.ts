import type { ProfileId, Space } from '../../core/lib/ids.ts';

/** What vectors ask to go wrong between objects. */
export const OBJECT_FAULTS = [
  /** Every message is handled twice. */
  'retry-every-rpc',
  /** Every call is carried out, and the object thrown out of memory before it can answer: the first time that it comes. */
  'crash-after-every-write',
  /** The coordinator of the first operation is thrown out of memory when its first participant has locked. */
  'kill-coordinator-before-decide',
] as const;
export type ObjectFault = (typeof OBJECT_FAULTS)[number];

/** Faults of one process, by space: each vector has a space of its own. */
export interface FaultsBetweenObjects {
  set(space: Space, faults: readonly ObjectFault[]): void;
  /** Carries out a call as the faults of its space want it. `name` is the same whenever the same call comes again. */
  carryOut<T>(
    space: Space | undefined,
    name: string,
    work: () => Promise<T>,
    object: { readonly crash: () => Promise<void>; readonly mayRepeat: boolean },
  ): Promise<T>;
  /** Whether the coordinator must die now: once a space. */
  killsCoordinator(space: Space, participant: ProfileId, coordinator: string): boolean;
}

export function createFaultsBetweenObjects(): FaultsBetweenObjects {
  const bySpace = new Map<Space, { readonly faults: ReadonlySet<ObjectFault>; readonly done: Set<string> }>();
  const once = (space: Space, fault: ObjectFault, name: string): boolean => {
    const held = bySpace.get(space);
    const key = `${fault} ${name}`;
    if (!held?.faults.has(fault) || held.done.has(key)) return false;
    held.done.add(key);
    return true;
  };
  return {
    set: (space, faults) => void bySpace.set(space, { faults: new Set(faults), done: new Set() }),
    async carryOut(space, name, work, { crash, mayRepeat }) {
      if (space === undefined) return work();
      if (once(space, 'crash-after-every-write', name)) {
        await work();
        await crash();
        throw new Error('fault: thrown out of memory after its write');
      }
      const first = await work();
      return mayRepeat && bySpace.get(space)?.faults.has('retry-every-rpc') ? work() : first;
    },
    killsCoordinator: (space, participant, coordinator) =>
      participant !== coordinator && once(space, 'kill-coordinator-before-decide', ''),
  };
}
