import type { Identity } from '../../core/event/event.ts';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import type { LinkWish } from '../../core/identity/protocol/link-wish.ts';
import type { Whereabouts } from '../../core/identity/protocol/whereabouts.ts';
import type { FactKey } from '../../core/interaction/command.ts';
import type { ProfileGraph } from '../../core/interaction/profile-graph.ts';
import type { FactPage, ProfileRpc } from '../../core/interaction/rpc.ts';
import { type Instant, type Jurisdiction, jurisdictionOf, type ProfileId, type Space } from '../../core/lib/ids.ts';
import type { Directory } from '../directory.ts';
import { homesOf, type Who } from './homes.ts';

/** People as operators see and change them: looked up by any identity, across all objects. */
export interface People {
  /** The profile that somebody lives in now. Null: nobody of that name is stored. Rejects while they are on the way from one to another. */
  find(space: Space, who: Who, jurisdictions: readonly Jurisdiction[]): Promise<ProfileGraph | null>;
  /** Hands a wish to the profile of its first identity. `refused`: it was erased meanwhile, or is moving; ask again. */
  wish(space: Space, profile: ProfileId, wish: Wish): Promise<'taken' | 'refused'>;
  /** Waits until nothing of that name is open at the profile, or for `waitMs`. */
  settled(space: Space, profile: ProfileId, event: string, waitMs: number): Promise<boolean>;
  /** `refused`: it is no live profile, or not only `request.only` lives there. */
  erase(space: Space, profile: ProfileId, request: Erasure): Promise<'taken' | 'busy' | 'refused'>;
  /** Whether an identity has been erased since then, or has nobody that it could be erased from. False also while it is on its way somewhere. */
  isErased(space: Space, identity: Identity, jurisdictions: readonly Jurisdiction[], since: Instant): Promise<boolean>;
  /** Of an object that was restored to before: it lets go of what directories have given to others since. Null: nobody lives there. */
  fence(space: Space, profile: ProfileId): Promise<Fenced | null>;
  facts(space: Space, profile: ProfileId, after: FactKey | null): Promise<FactPage>;
  now(): Instant;
}

export interface Fenced {
  /** They live elsewhere; their facts of before are gone here. */
  readonly gone: readonly Identity[];
  /** Something is under way there: ask again. */
  readonly busy: boolean;
}

export interface Wish extends Pick<LinkWish, 'kind' | 'event' | 'links'> {
  /** By falling priority. */
  readonly identities: readonly Identity[];
  /** Where those of them live that do not live at the profile itself. */
  readonly elsewhere: readonly { readonly identity: Identity; readonly at: ProfileId; readonly epoch: number }[];
}

export interface Erasure {
  /** The request that a repetition names again. */
  readonly request: string;
  readonly at: Instant;
  /** The values count as blocked from now on. */
  readonly suppress: boolean;
  /** Nobody else may live there. */
  readonly only?: Identity;
}

export interface PeopleParts {
  readonly directory: Directory;
  readonly profile: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly now: () => Instant;
}

/** An identity moves at most this often while it is looked for; more is a loop. */
const MAX_MOVES = 5;
const POLL_MS = 20;
const MAX_LOOKS = 25;

export function createPeople({ directory, profile, now }: PeopleParts): People {
  async function follow(space: Space, home: ProfileId, identity: Identity | null): Promise<ProfileGraph | null> {
    let at = home;
    let stub: ProfileId | null = null;
    for (let move = 0; move <= MAX_MOVES; move++) {
      const graph = await profile(space, at).view(space);
      if (!graph) return null;
      const next = nextHome(graph, identity);
      if (next === null) return graph;
      if (stub !== null && graph.forward !== null) await shorten(space, stub, at, graph.forward);
      stub = graph.forward === null ? null : at;
      at = next;
    }
    return null;
  }

  /** Two stubs in a row: the next who comes by the first is spared the second. No answer is worth waiting for twice. */
  async function shorten(space: Space, stub: ProfileId, via: ProfileId, to: ProfileId): Promise<void> {
    await profile(space, stub)
      .protocol(space, stub, { kind: 'shorten', via, to })
      .catch(() => undefined);
  }

  return {
    now,
    async find(space, who, jurisdictions) {
      const identity = 'identity' in who ? who.identity : null;
      for (let look = 0; ; look++) {
        let isMoving = false;
        for (const home of await homesOf(directory, space, who, jurisdictions)) {
          const graph = await follow(space, home, identity);
          if (graph && (identity === null || livesIn(graph, identity))) return graph;
          isMoving ||= graph?.state === 'live' && (graph.lock !== null || graph.openWork.length > 0);
        }
        if (!isMoving) return null;
        // It has left one object, and the other has not heard the answer: no reason to say that nobody is there.
        if (look >= MAX_LOOKS) throw new Error('somebody is on the way between two objects');
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async wish(space, at, { kind, event, links, identities, elsewhere }) {
      const hints: Record<IdentityKey, Whereabouts> = {};
      for (const other of elsewhere)
        hints[identityKey(other.identity)] = { owner: other.at, epoch: other.epoch, erasedAt: -1 };
      const wish: LinkWish = {
        kind,
        event,
        keys: identities.map(identityKey),
        links,
        stamp: { at: now(), seq: Number.MAX_SAFE_INTEGER, source: 'operator' },
        verified: true,
        hints,
      };
      const reply = await profile(space, at).protocol(space, at, { kind: 'wish', wish });
      return reply.kind === 'ok' ? 'taken' : 'refused';
    },
    async settled(space, at, event, waitMs) {
      for (const end = Date.now() + waitMs; ; ) {
        const graph = await profile(space, at).view(space);
        if (!graph?.openWork.some(({ id }) => id.includes(event))) return true;
        if (Date.now() >= end) return false;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async erase(space, at, { only, ...request }) {
      const message = { kind: 'erase', ...request, ...(only && { only: identityKey(only) }) } as const;
      const reply = await profile(space, at).protocol(space, at, message);
      return reply.kind === 'ok' ? 'taken' : reply.kind === 'busy' ? 'busy' : 'refused';
    },
    async isErased(space, identity, jurisdictions, since) {
      const homes = await Promise.all(jurisdictions.map((like) => directory.find(space, identity, null, like)));
      const isOver = homes.map(async (home) => {
        if (home === null || home.erasedAt >= since) return true;
        return (await profile(space, home.owner).view(space)) === null;
      });
      return (await Promise.all(isOver)).every(Boolean);
    },
    async fence(space, at) {
      const graph = await profile(space, at).view(space);
      if (graph?.state !== 'live') return null;
      const gone: Identity[] = [];
      let busy = false;
      for (const { namespace, value, state, epoch: held } of graph.identities) {
        if (state !== 'owned' && state !== 'incoming') continue;
        const identity = { namespace, value };
        const home = await directory.find(space, identity, null, jurisdictionOf(at));
        if (!home || (home.owner === at && home.epoch === held)) continue;
        const { owner, epoch, erasedAt } = home;
        const message = { kind: 'fence', key: identityKey(identity), where: { owner, epoch, erasedAt } } as const;
        const reply = await profile(space, at).protocol(space, at, message);
        if (reply.kind === 'busy') busy = true;
        else if (owner !== at && epoch >= held) gone.push(identity);
      }
      return { gone, busy };
    },
    facts: (space, at, after) => profile(space, at).readFacts(space, after),
  };
}

function nextHome({ state, forward, identities }: ProfileGraph, identity: Identity | null): ProfileId | null {
  const here = identity && identities.find((one) => isSame(one, identity) && one.state !== 'kept');
  if (here?.state === 'gone') return here.movedTo;
  return state === 'forwarded' && !here ? forward : null;
}

function livesIn({ identities }: ProfileGraph, identity: Identity): boolean {
  return identities.some((one) => isSame(one, identity) && (one.state === 'owned' || one.state === 'incoming'));
}

function isSame(a: Identity, b: Identity): boolean {
  return a.namespace === b.namespace && a.value === b.value;
}
