import { waitUntil } from 'cloudflare:workers';
import type { Instant, Sequence, Space } from '../../core/lib/ids.ts';
import type { Result } from '../../core/lib/result.ts';
import type { BanditPart } from '../../core/ruleset/data-parts.ts';
import { type LoadedRuleset, loadRuleset } from '../../core/ruleset/loaded.ts';
import {
  type BrowserPart,
  type BrowserRulesPart,
  FORMER_FORMATS,
  type IdentityPart,
  type LiveParts,
  type Manifest,
  OPERATOR_PARTS,
  PART_FORMATS,
  type PlansPart,
  type ProgramPart,
  type RetentionPart,
  type RulesPart,
  type SourcesPart,
} from '../../core/ruleset/manifest.ts';
import { manifestKey, partKey } from './cache-keys.ts';
import { createLiveParts } from './live-parts.ts';
import { publisherStub } from './publisher-stub.ts';

export interface RulesetStoreOptions {
  readonly kv: KVNamespace;
  /** Objects are named by their space. */
  readonly publisher: DurableObjectNamespace;
  readonly now: () => Instant;
}

/** The live ruleset of each space, from memory. Shared by everything in the isolate: rulesets are immutable. */
export interface RulesetStore {
  /** What memory holds, at once; starts a refresh in the background when it is older than 15 s. */
  peek(space: Space): LoadedRuleset | null;
  /** As `peek`, and loads when memory holds nothing. null: nothing was ever published. Throws when neither cache nor publisher answers. */
  current(space: Space): Promise<LoadedRuleset | null>;
  /** The newest ruleset, of this sequence or a higher one; null when there is none so high. Throws as `current`. */
  atLeast(space: Space, sequence: Sequence): Promise<LoadedRuleset | null>;
  /** Asks the publisher past every cache: what was just published is live in this isolate afterwards. */
  refreshNow(space: Space): Promise<LoadedRuleset | null>;
  /** The ruleset of a sequence, whether it is live or was once; null: there is none. Throws as `current`, and for one of a form that is not read any more. */
  at(space: Space, sequence: number): Promise<LoadedRuleset | null>;
  /** The rules of a ruleset as operators wrote them, asked of the publisher each time. Throws when it does not answer. */
  rules(loaded: LoadedRuleset): Promise<RulesPart>;
  /** The segments that pages evaluate themselves; null: there are none. Throws when neither cache nor publisher answers. */
  browserRules(loaded: LoadedRuleset): Promise<BrowserRulesPart | null>;
  /** Brings catalogue and neighbourhoods into memory, as far as they fit. Waits so long at most; true: all of it is there. Never rejects. */
  dataReady(loaded: LoadedRuleset, waitMs: number): Promise<boolean>;
  /** Makes a ruleset resident unless a newer one is. */
  put(loaded: LoadedRuleset): void;
}

const REFRESH_MS = 15_000;
/** Seconds. 30 is the least that KV takes. */
const MANIFEST_TTL = 30;
const PART_TTL = 86_400;
const MAX_SPACES = 50;
const MAX_ABSENT = 1000;
/** Questions to publishers about spaces that the cache does not know, per refresh period: made-up names must not wake objects without end. */
const MAX_ASKS = 50;

interface Resident {
  readonly loaded: LoadedRuleset;
  refreshAt: number;
}

/** A cache of immutable things; one newest ruleset per space. Requests in flight may still hold the one before. */
const residents = new Map<Space, Resident>();
/** Spaces without a ruleset → until when that is believed. */
const absent = new Map<Space, number>();
const asks = { from: 0, count: 0 };
/** A cache of immutable things, as long as their ruleset is of use. */
const rulesOfBrowsers = new WeakMap<Manifest, BrowserRulesPart>();

export function createRulesetStore({ kv, publisher: namespace, now }: RulesetStoreOptions): RulesetStore {
  const publisher = (space: Space) => publisherStub(namespace, space);
  const live = createLiveParts({
    now,
    read: async ({ space }, hash) =>
      (await kv.get(partKey(space, hash), { type: 'text', cacheTtl: PART_TTL }).catch(() => null)) ??
      unwrap(await publisher(space).part(hash)),
  });

  function peek(space: Space): LoadedRuleset | null {
    const resident = residents.get(space);
    if (!resident) return null;
    const at = now();
    if (at >= resident.refreshAt) {
      // Set first: one refresh per period, however many requests come meanwhile or fail to finish it.
      resident.refreshAt = at + REFRESH_MS;
      waitUntil(refresh(space).catch(() => undefined));
    }
    return resident.loaded;
  }

  function put(loaded: LoadedRuleset): void {
    const resident = residents.get(loaded.space);
    if (resident && resident.loaded.sequence >= loaded.sequence) return;
    residents.delete(loaded.space);
    residents.set(loaded.space, { loaded, refreshAt: now() + REFRESH_MS });
    absent.delete(loaded.space);
    trim(residents, MAX_SPACES);
  }

  async function cachedManifest(space: Space): Promise<Manifest | null> {
    try {
      return await kv.get<Manifest>(manifestKey(space), { type: 'json', cacheTtl: MANIFEST_TTL });
    } catch {
      return null;
    }
  }

  async function originManifest(space: Space): Promise<Manifest | null> {
    return unwrap(await publisher(space).current());
  }

  async function refresh(space: Space): Promise<void> {
    const manifest = (await cachedManifest(space)) ?? (await originManifest(space));
    if (manifest) await load(manifest);
  }

  async function load(manifest: Manifest): Promise<LoadedRuleset> {
    const resident = residents.get(manifest.space)?.loaded ?? null;
    if (resident && resident.sequence >= manifest.sequence) return resident;
    const stable = await loadStable(manifest, resident);
    const loaded = loadRuleset(manifest, await readParts(manifest), resident, live.peekOf(manifest), stable);
    put(loaded);
    return residents.get(manifest.space)?.loaded ?? loaded;
  }

  /** Beside a candidate: what most have, usually in memory already. null: the manifest is for everybody. */
  async function loadStable(manifest: Manifest, resident: LoadedRuleset | null): Promise<LoadedRuleset | null> {
    const { stable: sequence, stableParts: parts } = manifest;
    if (parts === undefined) return null;
    const held = [resident, resident?.gradual?.stable].find((each) => each?.sequence === sequence && !each.gradual);
    if (held) return held;
    const { space, salt, publishedAt } = manifest;
    const alone: Manifest = { space, sequence, stable: sequence, salt, publishedAt, parts };
    return loadRuleset(alone, await readParts(alone), resident, live.peekOf(alone));
  }

  async function readPart<T extends { readonly format: number }>(
    { space, parts }: Manifest,
    name: string,
    format: T['format'],
    former?: number,
  ): Promise<T> {
    const hash = parts[name];
    if (hash === undefined) throw new Error(`the manifest names no part ${name}`);
    const cached = OPERATOR_PARTS.has(name)
      ? null
      : await kv.get<T>(partKey(space, hash), { type: 'json', cacheTtl: PART_TTL }).catch(() => null);
    const value = cached ?? (JSON.parse(unwrap(await publisher(space).part(hash)) ?? 'null') as T | null);
    if (value === null || (value.format !== format && value.format !== former))
      throw new Error(`the part ${name} is missing or has a form that this code does not read`);
    return value;
  }

  async function readParts(manifest: Manifest): Promise<LiveParts> {
    const browsers = Object.keys(manifest.parts).filter((name) => name.startsWith('browser/'));
    const [program, decisions, sources, identity, retention, plans, bandit, ...browser] = await Promise.all([
      readPart<ProgramPart>(manifest, 'program', PART_FORMATS.program),
      readPart<LiveParts['decisions']>(manifest, 'decisions', PART_FORMATS.decisions, FORMER_FORMATS.decisions),
      readPart<SourcesPart>(manifest, 'sources', PART_FORMATS.sources),
      manifest.parts.identity === undefined
        ? null
        : readPart<IdentityPart>(manifest, 'identity', PART_FORMATS.identity),
      manifest.parts.retention === undefined
        ? null
        : readPart<RetentionPart>(manifest, 'retention', PART_FORMATS.retention),
      manifest.parts.plans === undefined ? null : readPart<PlansPart>(manifest, 'plans', PART_FORMATS.plans),
      // Of a former ruleset it may be gone; then every arm is alike.
      manifest.parts.bandit === undefined
        ? null
        : readPart<BanditPart>(manifest, 'bandit', PART_FORMATS.bandit).catch(() => null),
      ...browsers.map((name) => readPart<BrowserPart>(manifest, name, PART_FORMATS.browser)),
    ]);
    return {
      program,
      decisions,
      sources,
      ...(identity === null ? {} : { identity }),
      ...(retention === null ? {} : { retention }),
      ...(plans === null ? {} : { plans }),
      ...(bandit === null ? {} : { bandit }),
      browser: Object.fromEntries(browser.map((each) => [each.source, each])),
    };
  }

  return {
    peek,
    put,
    dataReady: ({ manifest }, waitMs) => live.ready(manifest, waitMs),
    rules: (loaded) => readPart<RulesPart>(loaded.manifest, 'rules', PART_FORMATS.rules),

    async browserRules({ manifest }) {
      if (manifest.parts.browserRules === undefined) return null;
      const held = rulesOfBrowsers.get(manifest);
      if (held) return held;
      const part = await readPart<BrowserRulesPart>(manifest, 'browserRules', PART_FORMATS.browserRules);
      rulesOfBrowsers.set(manifest, part);
      return part;
    },

    async current(space) {
      const held = peek(space);
      if (held) return held;
      const at = now();
      if ((absent.get(space) ?? 0) > at) return null;
      let manifest = await cachedManifest(space);
      if (!manifest) {
        if (!mayAsk(at)) return null;
        manifest = await originManifest(space);
      }
      if (manifest) return load(manifest);
      absent.delete(space);
      absent.set(space, at + REFRESH_MS);
      trim(absent, MAX_ABSENT);
      return null;
    },

    async atLeast(space, sequence) {
      const held = peek(space);
      if (held && held.sequence >= sequence) return held;
      const cached = await cachedManifest(space);
      const manifest = cached && cached.sequence >= sequence ? cached : await originManifest(space);
      return manifest && manifest.sequence >= sequence ? load(manifest) : null;
    },

    async at(space, sequence) {
      const held = peek(space);
      if (held?.sequence === sequence) return held;
      const manifest = unwrap(await publisher(space).manifest(sequence));
      return manifest ? loadRuleset(manifest, await readParts(manifest), held, live.peekOf(manifest)) : null;
    },

    async refreshNow(space) {
      const manifest = await originManifest(space);
      return manifest ? load(manifest) : null;
    },
  };
}

function mayAsk(at: number): boolean {
  if (at - asks.from >= REFRESH_MS) {
    asks.from = at;
    asks.count = 0;
  }
  asks.count++;
  return asks.count <= MAX_ASKS;
}

/** Forgets the oldest entries beyond the limit. */
function trim(map: Map<Space, unknown>, most: number): void {
  for (const space of map.keys()) {
    if (map.size <= most) return;
    map.delete(space);
  }
}

function unwrap<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('the publisher does not answer');
  return result.value;
}
