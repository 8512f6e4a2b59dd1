import type { Identity } from '../../core/event/event.ts';
import { limit } from '../../core/lib/limits.ts';
import type { ConsentChoices } from '../../core/policy/purposes.ts';
import { checkExpectation } from './check-expectation.ts';
import { faultsOf, objectNeeds, purposeOf } from './object-needs.ts';
import { objectView, type Played } from './object-view.ts';
import type { ObjectSpace, ObjectWorld, Refused, Sent, SentEvent } from './object-world.ts';
import type { Vector, VectorStep } from './vector.schema.ts';
import { changedConfig, createWorld, identitiesOf, isVerified, playStep } from './world.ts';

export interface ObjectResult {
  readonly failures: readonly string[];
  /** Why it could not be played at all. */
  readonly unplayable: readonly string[];
  /** Fields of its expectations that these doors do not show. */
  readonly unanswered: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;
/** Refusals of a whole record for what it says about who it is from. */
const REJECTIONS: ReadonlySet<string> = new Set(['ambiguousIdentity', 'tooManyIdentities', 'invalid']);

/** Plays one vector through real objects. Steps that share a tag are sent at once. Never throws: what goes wrong is a failure. */
export async function playOnObjects(vector: Vector, world: ObjectWorld): Promise<ObjectResult> {
  const needs = objectNeeds(vector, world);
  if (needs.length > 0) return { failures: [], unplayable: needs, unanswered: [] };
  const failures: string[] = [];
  const unanswered = new Set<string>();
  const check = async (space: ObjectSpace, played: Played, expect: Members, prefix: string) => {
    const verdict = checkExpectation(await objectView(space, played, expect), expect);
    failures.push(...verdict.failures.map((text) => prefix + text));
    for (const field of verdict.unanswered) unanswered.add(field);
  };
  try {
    const space = await world.open(vector.config, faultsOf(vector));
    let played: Played = {
      vector,
      world: createWorld(vector.config),
      names: [],
      rejected: [],
      erased: [],
      births: new Map(),
      primary: new Map(),
      hops: new Map(),
    };
    const open = new Set((vector.expect.checkpoints ?? []) as readonly Members[]);
    for (const group of groupsOf(vector.steps)) {
      played = await playGroup(space, played, group);
      for (const checkpoint of open) {
        const step = group.find(({ id }) => id === checkpoint.after);
        if (step === undefined || !open.delete(checkpoint)) continue;
        // Between requests that are sent at once there is no moment to look at.
        if (group.length === 1) await check(space, played, checkpoint, `after ${step.id}: `);
      }
    }
    await check(space, played, vector.expect, '');
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  }
  return { failures, unplayable: [], unanswered: [...unanswered] };
}

/** Neighbours that share a tag happen at once. */
function groupsOf(steps: readonly VectorStep[]): readonly (readonly VectorStep[])[] {
  const groups: VectorStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && step.concurrent !== undefined && last[0]?.concurrent === step.concurrent) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

async function playGroup(space: ObjectSpace, before: Played, group: readonly VectorStep[]): Promise<Played> {
  const { vector } = before;
  const ends = group.some(({ op }) => op === 'erase' || op === 'advance');
  // What is about to go can be asked now and never again.
  const primary = ends ? (await objectView(space, before, {})).primary : before.primary;
  if (vector.steps.some(({ op }) => op === 'restore')) await space.remember(`before:${group[0]?.id}`);
  await space.moveClock(Math.max(...group.map((step) => step.receivedAt ?? step.t)));
  const again = faultsOf(vector).includes('retry-every-rpc');
  const sent = await Promise.all(group.map((step) => playOne(space, before, step, again)));
  const world = group.reduce(playStep, before.world);
  const names = new Set([
    ...before.names,
    ...group.flatMap((step) => identitiesOf(step).map(({ namespace, value }) => `${namespace}:${value}`)),
    ...world.timeline.head.strands.keys(),
  ]);
  const rejected = group.flatMap(({ id }, index) => (isRejection(sent[index]?.refused ?? null) ? [id] : []));
  const hops = group.flatMap(({ id }, index) => [[id, sent[index]?.hops ?? null] as const]);
  const erases = group.some(({ op }) => op === 'erase');
  const after: Played = {
    vector,
    world,
    names: [...names],
    rejected: [...before.rejected, ...rejected],
    erased: erases ? [...world.steps.keys()] : before.erased,
    births: before.births,
    primary,
    hops: new Map([...before.hops, ...hops.filter((one): one is [string, number] => one[1] !== null)]),
  };
  await settle(space, group);
  return { ...after, births: await birthsOf(space, after, group) };
}

function isRejection(refused: Refused | null): boolean {
  if (refused === null) return false;
  return REJECTIONS.has(refused.code) || (refused.code === 'blockedIdentity' && refused.detail.includes('highest'));
}

async function playOne(
  space: ObjectSpace,
  { world, vector, births }: Played,
  step: VectorStep,
  again: boolean,
): Promise<Sent> {
  const identities = identitiesOf(step);
  const merges = step.op === 'alias' || step.op === 'mergeForce' || step.into !== undefined || step.from !== undefined;
  // What somebody only claims is nothing that an operator asks for.
  if (merges && isVerified(step.auth)) {
    const [one, ...others] = identities;
    for (const other of others) if (one) await space.link(one, other);
    return NOTHING;
  }
  switch (step.op) {
    case 'config':
      await space.configure(changedConfig(world.config, step));
      return NOTHING;
    case 'advance':
      await space.advance(step.t);
      return NOTHING;
    case 'split':
      await space.split(identities);
      return NOTHING;
    case 'restore': {
      const profile = profileOf(step.object, births);
      if (!profile) throw new Error(`restore of ${step.object}: nobody was born there`);
      await space.restore(profile, String(step.to));
      return NOTHING;
    }
    case 'erase':
      for (const identity of identities) await space.erase(identity, step.scope ?? 'person', step.suppress ?? false);
      return NOTHING;
    default: {
      const event = sentEvent(step, identities, vector, births);
      const sent = await space.send(event);
      // A client that got no answer sends the same again.
      if (again) await space.send(event);
      return sent;
    }
  }
}

const NOTHING: Sent = { refused: null, hops: null };

/** Of `profile-of:<event>`: where that event was first stored. */
function profileOf(name: string | undefined, births: Played['births']): string | null {
  return name?.startsWith('profile-of:') ? (births.get(name.slice('profile-of:'.length)) ?? null) : null;
}

function sentEvent(
  step: VectorStep,
  identities: readonly Identity[],
  { expect }: Vector,
  births: Played['births'],
): SentEvent {
  const consent = Object.entries(step.consent ?? {}).flatMap(([name, { status }]) => {
    const purpose = purposeOf(name);
    return purpose === null ? [] : [[purpose, status === 'GRANTED' ? 'in' : 'out'] as const];
  });
  return {
    id: step.id,
    logout: step.op === 'logout',
    hint: profileOf(step.hint ?? step.entry, births),
    counted: /"(?:maxHops|hops)"/.test(JSON.stringify(expect)),
    t: step.t,
    receivedAt: step.receivedAt ?? null,
    // Longer values are no event at all for the door; the engine's own answer to them is tested on the engine.
    identities: identities.filter(({ value }) => value.length <= 8 * limit('identityValue')),
    verified: isVerified(step.auth),
    consent: consent.length === 0 ? null : (Object.fromEntries(consent) as ConsentChoices),
    attributes: step.set ?? null,
    counters: step.inc ?? { views: 1 },
  };
}

/** What a step has begun is done before the next one. */
async function settle(space: ObjectSpace, group: readonly VectorStep[]): Promise<void> {
  const found = await Promise.all(group.flatMap(identitiesOf).map((identity) => space.find(identity)));
  await space.settle([...new Set(found.flatMap((profile) => profile?.profile ?? []))]);
}

/** Where the event of each step was first stored, for expectations that name `profile-of:<event>`. */
async function birthsOf(
  space: ObjectSpace,
  { births, vector }: Played,
  group: readonly VectorStep[],
): Promise<ReadonlyMap<string, string>> {
  if (!JSON.stringify([vector.expect, vector.steps]).includes('profile-of:')) return births;
  const found = await Promise.all(
    group.map(async (step) => {
      const [identity] = identitiesOf(step);
      const profile = identity && step.op === 'event' ? await space.find(identity) : null;
      return profile ? [[step.id, profile.profile] as const] : [];
    }),
  );
  return new Map([...births, ...found.flat()]);
}
