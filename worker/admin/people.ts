import type { z } from 'zod';
import type { Identity } from '../../core/event/event.ts';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import { normaliseIdentity } from '../../core/identity/normalise-identity.ts';
import type { LinkWish } from '../../core/identity/protocol/link-wish.ts';
import { planWish } from '../../core/identity/protocol/plan-wish.ts';
import { components } from '../../core/identity/replay/components.ts';
import { createLink, type Link, linkId, mergeLinks } from '../../core/identity/replay/link.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { GraphLink, ProfileGraph } from '../../core/interaction/profile-graph.ts';
import { type Instant, parseProfileId } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { RecordCommand } from '../../core/ruleset/publisher-rpc.ts';
import type { Who } from '../services/homes.ts';
import type { People } from '../services/people.ts';
import { changeSchema, graphSchema, pairBody, splitBody, whoQuery } from './people.schema.ts';
import { refused } from './publisher-answer.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';

type Problem = Extract<AdminAnswer, { readonly problem: unknown }>;
type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'actor'>;
type Named = Pick<z.output<typeof whoQuery>, 'namespace' | 'value' | 'profile'>;
type Pair = z.output<typeof pairBody>;
type Split = z.output<typeof splitBody>;

/** How long an answer waits for the objects to finish. */
const WAIT_MS = 2_000;
const CHANGE_PROBLEMS = [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'notPublished', 'conflict'] as const;

/** People by any of their identities: who they are, and the links that say so. Every call is recorded in the audit, reading too. */
export const peopleRoutes: readonly Route[] = [
  route(
    {
      id: 'findPerson',
      method: 'get',
      path: '/people',
      tag: 'people',
      needs: 'personal',
      summary: 'Look a person up by any identity: the graph with the times, trust and state of everything in it',
      query: whoQuery,
      responses: { 200: graphSchema },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished'],
    },
    (call) =>
      reaching(async () => {
        const base = await baseOf(call);
        if (!base.ok) return base.error;
        const who = whoOf(call.query, base.value.ruleset);
        if (!who)
          return { problem: 'badRequest', extras: { detail: 'name a person by namespace and value, or by profile' } };
        const graph = await base.value.people.find(call.space, who, jurisdictionsOf(base.value.ruleset));
        if (!graph) return NOBODY;
        const noted = await record(call, { action: 'viewed', profile: graph.profile, note: null });
        return noted ?? { status: 200, body: presentGraph(graph) };
      }),
  ),
  route(
    {
      id: 'linkPeople',
      method: 'post',
      path: '/people/link',
      tag: 'people',
      needs: 'people',
      summary: 'Say that two identities are one person, or what saying so would do',
      body: pairBody,
      responses: { 200: changeSchema },
      problems: CHANGE_PROBLEMS,
    },
    (call) => reaching(() => change(call, 'force', [call.body.a, call.body.b], call.body, 'linked')),
  ),
  route(
    {
      id: 'unlinkPeople',
      method: 'post',
      path: '/people/unlink',
      tag: 'people',
      needs: 'people',
      summary: 'Undo one link: both sides get back exactly what was theirs',
      body: pairBody,
      responses: { 200: changeSchema },
      problems: CHANGE_PROBLEMS,
    },
    (call) => reaching(() => change(call, 'unlink', [call.body.a, call.body.b], call.body, 'unlinked')),
  ),
  route(
    {
      id: 'splitPerson',
      method: 'post',
      path: '/people/split',
      tag: 'people',
      needs: 'people',
      summary: 'One identity leaves its profile alone; several end in different profiles',
      body: splitBody,
      responses: { 200: changeSchema },
      problems: CHANGE_PROBLEMS,
    },
    (call) => reaching(() => change(call, 'split', call.body.identities, call.body, 'split')),
  ),
];

/** An object that could not be reached is no fault of ours, and asking again is safe: every change has a name of its own. */
export async function reaching(work: () => Promise<AdminAnswer>): Promise<AdminAnswer> {
  try {
    return await work();
  } catch {
    return { problem: 'unavailable', extras: { retryAfter: 2 } };
  }
}

export const NOBODY: Problem = { problem: 'notFound', extras: { detail: 'Nobody of that name is stored.' } };

const NOT_LINKED: Problem = {
  problem: 'notFound',
  extras: { detail: 'These two are not linked with each other.' },
};

interface Base {
  readonly people: People;
  readonly ruleset: LoadedRuleset;
}

export async function baseOf({ services, space }: AnyCall): Promise<Result<Base, Problem>> {
  const { people, rulesets } = services;
  if (!people) return err({ problem: 'unavailable' });
  const ruleset = await rulesets.current(space);
  return ruleset ? ok({ people, ruleset }) : err({ problem: 'notPublished' });
}

export function jurisdictionsOf({ sources }: LoadedRuleset) {
  return [...new Set([...sources.values()].map(({ jurisdiction }) => jurisdiction))];
}

export function whoOf({ namespace, value, profile }: Named, { stitch }: LoadedRuleset): Who | null {
  if (profile !== undefined) {
    const id = namespace === undefined && value === undefined ? parseProfileId(profile) : null;
    return id && { profile: id };
  }
  const identity = normaliseIdentity({ namespace: namespace ?? '', value: value ?? '' }, stitch.namespaces);
  return identity && { identity };
}

export async function record(
  { services, space, actor }: AnyCall,
  act: Omit<RecordCommand, 'actor'>,
): Promise<Problem | null> {
  const noted = await services.publisher(space).record({ actor, ...act });
  return noted.ok ? null : refused(noted.error);
}

/** Asked for, and nobody to do it to: that is in the audit as well, with what was asked and why. */
export async function recordFailed(
  call: AnyCall,
  asked: RecordCommand['action'],
  reason: string | null,
  answer: Problem,
): Promise<Problem> {
  const note = `${asked}: ${answer.extras?.errors?.[0]?.code ?? answer.problem}${reason === null ? '' : `; ${reason}`}`;
  return (await record(call, { action: 'failed', profile: 'nobody', note })) ?? answer;
}

/** Nothing is done, but who belongs with whom is seen. */
async function recordSeen(call: AnyCall, graphs: readonly ProfileGraph[], reason: string): Promise<Problem | null> {
  for (const profile of new Set(graphs.map((graph) => graph.profile))) {
    const noted = await record(call, { action: 'viewed', profile, note: reason });
    if (noted) return noted;
  }
  return null;
}

/** Previews or does one change of the graph. What is done is in the audit before it begins. */
async function change(
  call: AnyCall,
  kind: 'force' | 'unlink' | 'split',
  named: readonly Identity[],
  { dryRun, reason, request = `op-${call.actor.requestId}` }: Pick<Pair | Split, 'dryRun' | 'reason' | 'request'>,
  action: RecordCommand['action'],
): Promise<AdminAnswer> {
  const base = await baseOf(call);
  if (!base.ok) return base.error;
  const { people, ruleset } = base.value;
  const identities = normalised(named, ruleset.stitch);
  if (!identities.ok) return recordFailed(call, action, reason, identities.error);
  const found = await Promise.all(
    identities.value.map((identity) => people.find(call.space, { identity }, jurisdictionsOf(ruleset))),
  );
  const graphs = found.filter((graph) => graph !== null);
  if (graphs.length < found.length) return recordFailed(call, action, reason, NOBODY);
  const wish = wishOf(kind, request, identities.value, people.now());
  const links = linksOf(graphs);
  const missing = wish.links.find((pair) => !links.some((link) => link.a === pair.a && link.b === pair.b));
  if (missing) return (await recordSeen(call, graphs, reason)) ?? NOT_LINKED;
  const merges = Math.max(...graphs.map((graph) => graph.merges));
  const plan = planWish(links, wish, { merges, newcomers: [] }, ruleset.stitch);
  const kept = new Set(plan.links.map(linkId));
  const preview = {
    request,
    dryRun,
    profiles: components(plan.touched, plan.links).map((members) => members.map(identityOf)),
    removed: links
      .filter((link) => !kept.has(linkId(link)))
      .map(({ a, b }) => ({ a: identityOf(a), b: identityOf(b) })),
    refused: plan.refused,
  };
  if (dryRun || plan.refused)
    return (await recordSeen(call, graphs, reason)) ?? { status: 200, body: { ...preview, done: false } };
  const [home] = graphs;
  if (!home) return NOBODY;
  const noted = await record(call, { action, profile: home.profile, note: reason });
  if (noted) return noted;
  const elsewhere = graphs.flatMap((graph, index) => {
    const identity = identities.value[index];
    const epoch = graph.identities.find((one) => identity && sameName(one, identity))?.epoch ?? 1;
    return identity && graph.profile !== home.profile ? [{ identity, at: graph.profile, epoch }] : [];
  });
  const taken = await people.wish(call.space, home.profile, {
    kind,
    event: request,
    links: wish.links,
    identities: identities.value,
    elsewhere,
  });
  if (taken === 'refused')
    return { problem: 'conflict', extras: { detail: 'The person is moving or was erased meanwhile: look again.' } };
  return {
    status: 200,
    body: { ...preview, done: await people.settled(call.space, home.profile, request, WAIT_MS) },
  };
}

function normalised(named: readonly Identity[], { namespaces }: StitchRules): Result<readonly Identity[], Problem> {
  const identities = named.map((identity) => normaliseIdentity(identity, namespaces));
  const known = identities.filter((identity) => identity !== null);
  const refuse = (pointer: string, code: string, detail: string): Problem => ({
    problem: 'invalid',
    extras: { errors: [{ pointer, code, detail }] },
  });
  if (known.length < identities.length)
    return err(refuse('', 'blockedIdentity', 'an unknown namespace, or a value that names nobody'));
  if (new Set(known.map(identityKey)).size < known.length)
    return err(refuse('', 'sameIdentity', 'an identity cannot be linked with or split from itself'));
  const rank = ({ namespace }: Identity) => namespaces.byCode.get(namespace)?.priority ?? Number.POSITIVE_INFINITY;
  return ok([...known].sort((a, b) => rank(a) - rank(b)));
}

function wishOf(
  kind: LinkWish['kind'],
  event: string,
  identities: readonly Identity[],
  at: Instant,
): Omit<LinkWish, 'hints'> {
  const keys = identities.map(identityKey);
  const stamp = { at, seq: Number.MAX_SAFE_INTEGER };
  const [one, other] = keys;
  const links = kind === 'unlink' && one && other ? [createLink(one, other, stamp, true)] : [];
  return { kind, event, keys, links, stamp, verified: true };
}

function linksOf(graphs: readonly ProfileGraph[]): readonly Link[] {
  const links = new Map<string, Link>();
  for (const graph of graphs) {
    for (const link of graph.links) {
      const { a, b, verifiedAt, claimedAt } = link;
      const [left, right] = [identityKey(a), identityKey(b)].sort() as [IdentityKey, IdentityKey];
      const held = links.get(`${left}\n${right}`);
      const made: Link = { a: left, b: right, verifiedAt, claimedAt };
      links.set(`${left}\n${right}`, held ? mergeLinks(held, made) : made);
    }
  }
  return [...links.values()];
}

function identityOf(key: IdentityKey): Identity {
  const colon = key.indexOf(':');
  return { namespace: key.slice(0, colon), value: key.slice(colon + 1) };
}

function sameName(a: Identity, b: Identity): boolean {
  return identityKey(a) === identityKey(b);
}

export function presentGraph({
  space: _,
  lock: __,
  anchor: ___,
  forward: ____,
  archiveKeys: _____,
  ...graph
}: ProfileGraph) {
  return {
    ...graph,
    createdAt: formatInstant(graph.createdAt),
    identities: graph.identities.map((one) => ({
      ...one,
      firstSeen: formatInstant(one.firstSeen),
      lastSeen: formatInstant(one.lastSeen),
      consent: one.consent.map(({ at, ...said }) => ({ ...said, at: at === null ? null : formatInstant(at) })),
    })),
    links: graph.links.map(presentLink),
  };
}

function presentLink({ a, b, verifiedAt, claimedAt }: GraphLink) {
  const present = (stamp: GraphLink['verifiedAt']) =>
    stamp && {
      at: formatInstant(stamp.at),
      seq: stamp.seq === Number.MAX_SAFE_INTEGER ? null : stamp.seq,
      source: stamp.source ?? null,
    };
  return { a, b, verifiedAt: present(verifiedAt), claimedAt: present(claimedAt) };
}
