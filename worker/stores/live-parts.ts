import { waitUntil } from 'cloudflare:workers';
import type { Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { type OpenedPart, openDataPart, type PeekPart } from '../../core/ruleset/live-data.ts';
import type { Manifest } from '../../core/ruleset/manifest.ts';

export interface LivePartsOptions {
  /** JSON of a part, from the cache or the publisher; null: there is none. */
  readonly read: (manifest: Manifest, hash: string) => Promise<string | null>;
  readonly now: () => Instant;
}

/** The shards of catalogues and neighbourhoods, as far as they are in memory. Shared by all rulesets that name the same part. */
export interface LiveParts {
  /** What of a manifest is in memory, by hash. Asking for what is not there starts to bring it, behind the request. */
  peekOf(manifest: Manifest): PeekPart;
  /** Brings what the manifest names into memory, as far as it fits; true: all of it that exists is there. Waits so long at most, and goes on behind it. Never rejects. */
  ready(manifest: Manifest, waitMs: number): Promise<boolean>;
}

interface Held {
  /** Null: nobody has such a part, or it cannot be read. */
  readonly opened: OpenedPart | null;
  readonly bytes: number;
  /** What was not found is asked for again then. */
  readonly until: number;
}

/** A cache of immutable things, the one used last at its end. */
const held = new Map<string, Held>();
const total = { bytes: 0 };
/** By space and sequence: until when nobody else need load it. */
const loading = new Map<string, { isActive: boolean; until: number }>();

const LOADS_AT_ONCE = 6;
/** A load that ended with its request is begun anew. */
const LOADING_MS = 5_000;
const AGAIN_MS = 30_000;
const STEP_MS = 10;
/** More than there are rulesets in memory. */
const MAX_LOADING = 100;

export function createLiveParts({ read, now }: LivePartsOptions): LiveParts {
  function isThere(hash: string): boolean {
    const found = held.get(hash);
    return found !== undefined && (found.opened !== null || found.until > now());
  }

  function missingOf({ parts }: Manifest): readonly (readonly [name: string, hash: string])[] {
    return Object.entries(parts).filter(([name, hash]) => isShard(name) && !isThere(hash));
  }

  /** Two need not do the same at once. */
  function begin(manifest: Manifest): void {
    const key = keyOf(manifest);
    if (now() < (loading.get(key)?.until ?? 0)) return;
    if (loading.size >= MAX_LOADING) loading.clear();
    loading.set(key, { isActive: true, until: now() + LOADING_MS });
    const end = () => {
      // What does not fit, or cannot be read now, is not tried with every visit.
      if (missingOf(manifest).length === 0) loading.delete(key);
      else loading.set(key, { isActive: false, until: now() + AGAIN_MS });
    };
    waitUntil(load(manifest).then(end, end));
  }

  async function load(manifest: Manifest): Promise<void> {
    const queue = [...missingOf(manifest)];
    const needed = new Set(Object.values(manifest.parts));
    const worker = async (): Promise<void> => {
      // More than memory may hold: the rest stays where it is.
      for (let next = queue.shift(); next && makeRoom(needed); next = queue.shift()) {
        const [name, hash] = next;
        const text = await read(manifest, hash).catch(() => null);
        const opened = text === null ? null : open(name, text);
        keep(hash, { opened, bytes: text?.length ?? 0, until: now() + AGAIN_MS });
      }
    };
    await Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker));
  }

  return {
    peekOf: (manifest) => (hash) => {
      if (!isThere(hash)) begin(manifest);
      return held.get(hash)?.opened ?? null;
    },

    async ready(manifest, waitMs) {
      if (missingOf(manifest).length === 0) {
        touch(manifest);
        return true;
      }
      begin(manifest);
      const key = keyOf(manifest);
      // Looked at, not awaited: a promise of another request cannot be waited for.
      for (let waited = 0; waited < waitMs && loading.get(key)?.isActive; waited += STEP_MS)
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      return missingOf(manifest).length === 0;
    },
  };
}

function keyOf({ space, sequence }: Manifest): string {
  return `${space} ${sequence}`;
}

function isShard(name: string): boolean {
  return /^(?:catalogue|neighbours|popularity)\//.test(name);
}

function open(name: string, text: string): OpenedPart | null {
  try {
    return openDataPart(name, JSON.parse(text));
  } catch {
    return null;
  }
}

function keep(hash: string, entry: Held): void {
  total.bytes += entry.bytes - (held.get(hash)?.bytes ?? 0);
  held.delete(hash);
  held.set(hash, entry);
}

/** What is of use moves to the end: what is not leaves first. */
function touch({ parts }: Manifest): void {
  for (const hash of Object.values(parts)) {
    const entry = held.get(hash);
    if (entry) keep(hash, entry);
  }
}

/** Forgets what others need, the one used longest ago first. False: what is needed here is too much by itself. */
function makeRoom(needed: ReadonlySet<string>): boolean {
  for (const [hash, { bytes }] of held) {
    if (total.bytes <= limit('dataBytesInMemory')) return true;
    if (needed.has(hash)) continue;
    held.delete(hash);
    total.bytes -= bytes;
  }
  return total.bytes <= limit('dataBytesInMemory');
}
