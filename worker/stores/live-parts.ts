import { waitUntil } from 'cloudflare:workers';
import type { Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { type OpenedPart, openDataPart } from '../../core/ruleset/live-data.ts';
import type { Manifest } from '../../core/ruleset/manifest.ts';

export interface LivePartsOptions {
  /** JSON of a part, from the cache or the publisher; null: there is none. */
  readonly read: (manifest: Manifest, hash: string) => Promise<string | null>;
  readonly now: () => Instant;
}

/** The shards of catalogues and neighbourhoods, as far as they are in memory. Shared by all rulesets that name the same part. */
export interface LiveParts {
  peek(hash: string): OpenedPart | null;
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
/** When somebody began to load a manifest: two need not do the same at once. By space and sequence. */
const loading = new Map<string, number>();

const LOADS_AT_ONCE = 6;
const LOADING_MS = 5_000;
const ABSENT_MS = 30_000;
const STEP_MS = 10;

export function createLiveParts({ read, now }: LivePartsOptions): LiveParts {
  function isThere(hash: string): boolean {
    const found = held.get(hash);
    return found !== undefined && (found.opened !== null || found.until > now());
  }

  async function load(manifest: Manifest, missing: readonly (readonly [name: string, hash: string])[]): Promise<void> {
    const queue = [...missing];
    const needed = new Set(Object.values(manifest.parts));
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [name, hash] = next;
        const text = await read(manifest, hash).catch(() => null);
        keep(hash, {
          opened: text === null ? null : open(name, text),
          bytes: text?.length ?? 0,
          until: now() + ABSENT_MS,
        });
        // More than memory may hold: the rest stays where it is.
        if (!makeRoom(needed)) return;
      }
    };
    await Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker));
  }

  return {
    peek(hash) {
      const found = held.get(hash);
      return found?.opened ?? null;
    },

    async ready(manifest, waitMs) {
      const missing = Object.entries(manifest.parts).filter(([name, hash]) => isShard(name) && !isThere(hash));
      if (missing.length === 0) {
        touch(manifest);
        return true;
      }
      const key = `${manifest.space} ${manifest.sequence}`;
      if (now() - (loading.get(key) ?? Number.NEGATIVE_INFINITY) > LOADING_MS) {
        loading.set(key, now());
        waitUntil(load(manifest, missing).finally(() => loading.delete(key)));
      }
      // Looked at, not awaited: a promise of another request cannot be waited for.
      for (let waited = 0; waited < waitMs && loading.has(key); waited += STEP_MS) {
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
        if (missing.every(([, hash]) => isThere(hash))) return true;
      }
      return missing.every(([, hash]) => isThere(hash));
    },
  };
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
