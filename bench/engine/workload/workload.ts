import { createBehaviourSegments } from './behaviour-segments.ts';
import type { BehaviourSegment, Bucketing, Profile, ProfileSegment, RawEvent } from './descriptor.ts';
import { createArrivals, createEvents } from './events.ts';
import { createChanges, createProfile } from './profile.ts';
import { createProfileSegments } from './profile-segments.ts';
import { createRandom } from './random.ts';

export interface ProfileWorkload {
  readonly segments: readonly ProfileSegment[];
  readonly profile: Profile;
  /** One after the other, over and over. */
  readonly changes: readonly Profile[];
}

export interface BehaviourWorkload {
  readonly segments: readonly BehaviourSegment[];
  /** The history, oldest first. */
  readonly events: readonly RawEvent[];
  /** What arrives after it, oldest first. */
  readonly arrivals: readonly RawEvent[];
  readonly now: number;
}

export interface BucketingWorkload {
  readonly experiment: Bucketing;
  /** Ids of people: keyed hashes, 64 hex digits. */
  readonly units: readonly string[];
}

/** An instant to work at, fixed so that the same seed is the same workload for ever. */
const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);

/** Each workload has randomness of its own: a smaller one is not a part of a larger one. */
const STREAMS = { profile: 0x51, behaviour: 0x52, bucketing: 0x53 } as const;
const streamOf = (seed: number, stream: keyof typeof STREAMS, size: number) =>
  createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(STREAMS[stream], 0x85ebca6b) ^ size);

export function createProfileWorkload(seed: number, segments: number): ProfileWorkload {
  const random = streamOf(seed, 'profile', segments);
  const profile = createProfile(random);
  return {
    profile,
    segments: createProfileSegments(random, profile, segments),
    changes: createChanges(random, profile, 256),
  };
}

export function createBehaviourWorkload(seed: number, segments = 200, events = 500, arrivals = 256): BehaviourWorkload {
  const random = streamOf(seed, 'behaviour', segments);
  return {
    segments: createBehaviourSegments(random, segments),
    events: createEvents(random, events, NOW - random.whole(1000, 100_000)),
    arrivals: createArrivals(random, arrivals, NOW),
    now: NOW,
  };
}

export function createBucketingWorkload(seed: number): BucketingWorkload {
  const random = streamOf(seed, 'bucketing', 4);
  return {
    experiment: { key: `hero-${random.whole(100, 999)}`, weights: [0.4, 0.3, 0.2, 0.1] },
    units: Array.from({ length: 1024 }, () => random.hex(64)),
  };
}
