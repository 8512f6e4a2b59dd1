import {
  compileBehaviour,
  compileBucketing,
  compileProfileRule,
  evaluateEvents,
  evaluateProfile,
  roundTrip,
} from './closure-baseline.ts';
import type { Program, Resident, RoundTrip } from './contender.ts';
import {
  conditionOf,
  createExperiment,
  evaluateConditions,
  evaluateHosted,
  hostedRoundTrip,
  hostSegment,
} from './growthbook.ts';
import { selvedge } from './selvedge.ts';
import type { Block, Case, Side } from './side.ts';
import type { Profile, RawEvent } from './workload/descriptor.ts';
import { DAY_MS, HISTORY_DAYS } from './workload/events.ts';
import { countPredicates } from './workload/profile-segments.ts';
import { textOfBehaviour, textOfProfileRule } from './workload/rule-text.ts';
import type { BehaviourWorkload, BucketingWorkload, ProfileWorkload } from './workload/workload.ts';

const endless = Number.MAX_SAFE_INTEGER;
const shareOf = (members: Uint8Array) => members.reduce((total, one) => total + one, 0) / members.length;
const listed = (size: number, isMember: (i: number) => boolean) =>
  Uint8Array.from({ length: size }, (_, i) => (isMember(i) ? 1 : 0));

/** `changing`: W2i, else one of W1, W2, W2x10. */
export function profileSides({ segments, ...made }: ProfileWorkload, changing: boolean): Case {
  const now = 0;
  // As they come over the wire: V8 lays out such objects for reading, and joined text becomes one piece.
  const { profile, changes } = JSON.parse(JSON.stringify(made)) as Omit<ProfileWorkload, 'segments'>;
  const size = segments.length;
  const members = new Uint8Array(size);
  const tests = segments.map(({ rule }) => compileProfileRule(rule));
  const conditions = segments.map(({ rule }) => conditionOf(rule));
  const program = selvedge?.load(
    selvedge.compile(segments.map(({ id, rule }) => ({ id, text: textOfProfileRule(rule) }))),
  );

  /** Both evaluate anew whatever has changed. */
  const stateless = (label: Side['label'], evaluate: (of: Profile) => number): Side => ({
    label,
    open: () => {
      const own: Record<string, string | number | boolean> = { ...profile };
      const run = changing
        ? (i: number) => {
            const change = changes[i % changes.length] ?? {};
            for (const name in change) own[name] = change[name] ?? false;
            return evaluate(own);
          }
        : () => evaluate(profile);
      return { most: endless, run, members: () => members.slice() };
    },
  });
  const resident = (of: Program): Side => ({
    label: 'ours',
    open: () => {
      const person = of.open({ profile, events: [] }, now);
      return {
        most: endless,
        run: (i) => person.changeAttributes(changes[i % changes.length] ?? {}, now),
        members: () => listed(size, (i) => person.isMember(i)),
      };
    },
  });
  const fromScratch = (of: Program): Side => ({
    label: 'ours',
    open: () => ({
      most: endless,
      run: () => of.evaluateProfile(profile, now),
      members: () => listed(size, (i) => of.isMember(i)),
    }),
  });
  const ours = program ? [changing ? resident(program) : fromScratch(program)] : [];
  evaluateProfile(tests, profile, members);
  const predicates = segments.map(({ rule }) => countPredicates(rule));
  return {
    shape: {
      segments: size,
      'predicates/segment': predicates.reduce((total, one) => total + one, 0) / size,
      members: shareOf(members),
    },
    sides: [
      stateless('closure', (of) => evaluateProfile(tests, of, members)),
      stateless('growthbook', (of) => evaluateConditions(conditions, of, members)),
      ...ours,
    ],
  };
}

/** W3 from scratch, W4 with one more event each time. */
export function behaviourSides(workload: BehaviourWorkload, name: 'W3' | 'W4'): Case {
  const { segments, events, arrivals, now } = workload;
  const size = segments.length;
  const members = new Uint8Array(size);
  const tests = segments.map(compileBehaviour);
  const hosted = segments.map(hostSegment);
  const program = selvedge?.load(selvedge.compile(segments.map((of) => ({ id: of.id, text: textOfBehaviour(of) }))));

  const stateless = (label: Side['label'], evaluate: (log: readonly RawEvent[], at: number) => number): Side => ({
    label,
    open: () => {
      const log = [...events];
      const run = name === 'W3' ? () => evaluate(log, now) : (i: number) => evaluate(log, append(log, arrivals, i));
      return { most: name === 'W3' ? endless : arrivals.length, run, members: () => members.slice() };
    },
  });
  const ours = (of: Program): readonly Side[] => {
    const scratch = (label: Side['label'], run: () => number): Side => ({
      label,
      open: () => ({ most: endless, run, members: () => listed(size, (i) => of.isMember(i)) }),
    });
    if (name === 'W3') {
      const log = of.encodeEvents(events);
      return [
        scratch('ours', () => of.evaluateEvents(events, now)),
        scratch('ours, encoded', () => of.evaluateEncoded(log, now)),
      ];
    }
    return [{ label: 'ours', open: () => residentBlock(of.open({ profile: {}, events }, now), arrivals, size) }];
  };
  evaluateEvents(tests, events, now, members);
  const conditions = segments.map(({ test }) => (test.is === 'sequence' ? 0 : test.filter.where.length));
  return {
    shape: {
      segments: size,
      events: events.length,
      'conditions/filter': conditions.reduce((total, one) => total + one, 0) / (size * 0.75),
      members: shareOf(members),
    },
    sides: [
      stateless('closure', (log, at) => evaluateEvents(tests, log, at, members)),
      stateless('growthbook', (log, at) => evaluateHosted(hosted, log, at, members)),
      ...(program ? ours(program) : []),
    ],
  };
}

function residentBlock(person: Resident, arrivals: readonly RawEvent[], size: number): Block {
  return {
    most: arrivals.length,
    run: (i) => {
      const event = arrivals[i] as RawEvent;
      return person.addEvent(event, event.at);
    },
    members: () => listed(size, (i) => person.isMember(i)),
  };
}

/** The i-th arrival comes in, and what is older than any window asks for goes. Its time is the new now. */
function append(log: RawEvent[], arrivals: readonly RawEvent[], i: number): number {
  const event = arrivals[i] as RawEvent;
  log.push(event);
  while ((log[0]?.at ?? event.at) < event.at - HISTORY_DAYS * DAY_MS) log.shift();
  return event.at;
}

/** The state of each operation is the one that the operation before it has saved. */
export function stateSides(workload: BehaviourWorkload): Case {
  const { segments, events, arrivals, now } = workload;
  const size = segments.length;
  const members = new Uint8Array(size);
  const tests = segments.map(compileBehaviour);
  const hosted = segments.map(hostSegment);
  const initial = JSON.stringify({ events });
  const json = (label: Side['label'], step: (state: string, event: RawEvent) => string): Side => ({
    label,
    open: () => {
      let state = initial;
      const run = (i: number) => {
        state = step(state, arrivals[i] as RawEvent);
        return state.length;
      };
      return { most: arrivals.length, run, members: () => members.slice() };
    },
  });
  const program = selvedge?.load(selvedge.compile(segments.map((of) => ({ id: of.id, text: textOfBehaviour(of) }))));
  const saved = program?.open({ profile: {}, events }, now).save();
  const ours: Side[] = [];
  if (program && saved) {
    ours.push({
      label: 'ours',
      open: () => {
        let trip: RoundTrip | null = null;
        let state = saved;
        const run = (i: number) => {
          const event = arrivals[i] as RawEvent;
          trip = program.roundTrip(state, event, event.at);
          state = trip.state;
          return trip.members;
        };
        return { most: arrivals.length, run, members: () => listed(size, (i) => trip?.isMember(i) ?? false) };
      },
    });
  }
  return {
    shape: {
      segments: size,
      events: events.length,
      'JSON bytes': initial.length,
      ...(saved ? { bytes: saved.length } : {}),
    },
    sides: [
      json('closure', (state, event) => roundTrip(tests, state, event, members)),
      json('growthbook', (state, event) => hostedRoundTrip(hosted, state, event, members)),
      ...ours,
    ],
  };
}

/** Hashes may differ, so variations may; that their shares are right is checked by `checkShares`. */
export function bucketingSides({ experiment, units }: BucketingWorkload): Case {
  const side = (label: Side['label'], assign: (unit: string) => number): Side => {
    checkShares(label, units, assign, experiment.weights);
    const mask = units.length - 1;
    return { label, open: () => ({ most: endless, run: (i) => assign(units[i & mask] as string), members: null }) };
  };
  return {
    shape: { units: units.length, variations: experiment.weights.length },
    sides: [
      side('closure', compileBucketing(experiment)),
      side('growthbook', createExperiment(experiment)),
      ...(selvedge ? [side('ours', selvedge.createAssignment(experiment))] : []),
    ],
  };
}

function checkShares(
  label: string,
  units: readonly string[],
  assign: (unit: string) => number,
  weights: readonly number[],
): void {
  for (const [variation, weight] of weights.entries()) {
    const share = units.filter((unit) => assign(unit) === variation).length / units.length;
    // Six standard deviations: no seed fails by chance.
    const slack = 6 * Math.sqrt((weight * (1 - weight)) / units.length);
    if (Math.abs(share - weight) > slack)
      throw new Error(`${label}: variation ${variation} has ${share}, not ${weight}`);
  }
}
