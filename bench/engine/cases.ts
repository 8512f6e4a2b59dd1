import type { Case } from './side.ts';
import { behaviourSides, bucketingSides, profileSides, stateSides } from './sides.ts';
import type { CaseName } from './targets.ts';
import { createBehaviourWorkload, createBucketingWorkload, createProfileWorkload } from './workload/workload.ts';

/** Generates the workload of a case and sets up everyone who takes part in it. */
export function createCase(name: CaseName, seed: number): Case {
  switch (name) {
    case 'W1':
      return profileCase(seed, 100, false);
    case 'W2':
      return profileCase(seed, 1000, false);
    case 'W2x10':
      return profileCase(seed, 10_000, false);
    case 'W2i':
      return profileCase(seed, 1000, true);
    case 'W3':
    case 'W4':
      return behaviourSides(createBehaviourWorkload(seed), name);
    case 'state':
      return stateSides(createBehaviourWorkload(seed));
    case 'W5':
      return bucketingSides(createBucketingWorkload(seed));
  }
}

function profileCase(seed: number, segments: number, changing: boolean): Case {
  return profileSides(createProfileWorkload(seed, segments), changing);
}
