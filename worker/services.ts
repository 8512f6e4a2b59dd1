import type { ProfileRpc } from '../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../core/lib/ids.ts';
import { limit } from '../core/lib/limits.ts';
import { createDirectory, type Directory } from './directory.ts';
import type { Env } from './env.ts';
import { createVisitorKeys, type VisitorKeys } from './http/visitor-keys.ts';
import { createVisitorTokens, type VisitorTokens } from './http/visitor-token.ts';
import { type IdentityNames, namesOf } from './identity-names.ts';
import { createSecretBox, type SecretBox } from './secret-box.ts';
import { secretBytes } from './secret-bytes.ts';
import { createRefusalWatch, type RefusalWatch } from './services/refusal-watch.ts';
import { type ArchiveKeys, archiveKeysOf } from './stores/archive-keys.ts';
import { directoryStub, profileStub } from './stores/object-stubs.ts';
import { createRulesetStore, type RulesetStore } from './stores/ruleset-store.ts';

/** Everything the routes use, as functions: a route can be tested with two lambdas. */
export interface Services {
  readonly env: Env;
  readonly now: () => Instant;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly rulesets: RulesetStore;
  readonly tokens: VisitorTokens;
  /** They sign cross-domain links too. */
  readonly visitorKeys: VisitorKeys;
  readonly names: IdentityNames;
  readonly secrets: SecretBox;
  readonly archiveKeys: ArchiveKeys;
  readonly profile: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly directory: Directory;
  /** Who owns an identity, by the keyed hash that names its directory object. */
  readonly ownerOf: (space: Space, namespace: string, hash: string) => Promise<string | null>;
  /** False: this address has made too many visitors at this source in the last minute. */
  readonly mayMint: (space: Space, source: string, address: string) => Promise<boolean>;
  /** Left out where nobody can watch. */
  readonly refusalWatch?: RefusalWatch;
  /** How long a page waits for a profile before it gets fallbacks. */
  readonly objectBudgetMs: number;
  readonly logAll: boolean;
}

/** Immutable once made: secrets and bindings do not change within an isolate. */
const cache = new WeakMap<Env, Services>();

/** Composition root: the only reader of the environment outside objects. Throws with the name of a secret that is missing or malformed. */
export function servicesOf(env: Env): Services {
  const held = cache.get(env);
  if (held) return held;
  const now = () => Date.now() as Instant;
  const visitorKeys = parseVisitorKeys(env.VISITOR_KEYS);
  const names = namesOf(env);
  const services: Services = {
    env,
    now,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    rulesets: createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now }),
    tokens: createVisitorTokens(visitorKeys),
    visitorKeys,
    names,
    archiveKeys: archiveKeysOf(env),
    secrets: createSecretBox(secretBytes(env.CONFIG_KEY, 'CONFIG_KEY')),
    profile: (space, profile) => profileStub(env, space, profile),
    directory: createDirectory({
      names,
      now,
      stub: (space, identity, hash) => directoryStub(env, space, identity, hash),
    }),
    ownerOf: async (space, namespace, hash) =>
      (await directoryStub(env, space, { namespace }, hash).handle({ kind: 'resolve', mint: null }, now())).owner,
    mayMint: async (space, source, address) =>
      (await env.MINT_LIMIT.limit({ key: `${space}:${source}:${address}` })).success,
    ...(env.LIVE ? { refusalWatch: createRefusalWatch(env.LIVE) } : {}),
    objectBudgetMs: limit('objectBudgetMs'),
    logAll: env.REQUEST_LOG !== 'errors',
  };
  cache.set(env, services);
  return services;
}

function parseVisitorKeys(secret: string): VisitorKeys {
  const parsed = JSON.parse(secret || '{}') as {
    readonly current?: number;
    readonly keys?: Readonly<Record<string, string>>;
  };
  const keys = new Map(
    Object.entries(parsed.keys ?? {}).map(([generation, key]) => [
      Number(generation),
      secretBytes(key, 'VISITOR_KEYS'),
    ]),
  );
  if (!parsed.current || !keys.has(parsed.current))
    throw new Error('secret VISITOR_KEYS needs {"current":1,"keys":{"1":"<base64>"}}');
  return createVisitorKeys(keys, parsed.current);
}
