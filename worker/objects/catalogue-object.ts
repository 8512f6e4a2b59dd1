import { DurableObject } from 'cloudflare:workers';
import type { ItemVisit } from '../../core/interaction/item-visit.ts';
import { type Instant, parseSpace, type Space } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { logLine } from '../observe/log.ts';
import type { CatalogueRpc, Packed } from '../stores/catalogue-stub.ts';
import { publisherStub } from '../stores/publisher-stub.ts';
import { createRulesetStore, type RulesetStore } from '../stores/ruleset-store.ts';
import { createItemCounts, type ItemCounts } from './catalogue/item-counts.ts';
import { isEnough, type LastPut, packItems } from './catalogue/pack-items.ts';

export interface CatalogueEnv {
  readonly PUBLISHER: DurableObjectNamespace;
  readonly RULESETS: KVNamespace;
}

/** The job has time: it waits for the whole catalogue. */
const DATA_WAIT_MS = 30_000;
/** Last year's baskets do not outweigh this month's. */
const HALF_LIFE_MS = 30 * DAY_MS;

/** One per space, named by it: counts what is viewed and bought, and beside what. Knows nobody: a visit's items are kept for an hour, without a name. */
export class CatalogueObject extends DurableObject<CatalogueEnv> implements CatalogueRpc {
  readonly #space: Space;
  readonly #counts: ItemCounts;
  readonly #rulesets: RulesetStore;

  constructor(state: DurableObjectState, env: CatalogueEnv) {
    super(state, env);
    const space = parseSpace(state.id.name ?? '');
    if (space === null) throw new Error('a catalogue object must be named by its space');
    this.#space = space;
    this.#counts = createItemCounts(state.storage);
    this.#rulesets = createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now });
  }

  async count(visits: readonly ItemVisit[]): Promise<number> {
    return this.#counts.count(visits);
  }

  async pack(): Promise<Packed> {
    // What was imported a moment ago counts.
    const ruleset = await this.#rulesets.refreshNow(this.#space);
    if (!ruleset) return 'noRuleset';
    const { catalogue } = ruleset.manifest.parts;
    if (catalogue === undefined) return 'noCatalogue';
    const [counts, at] = [this.#counts, now()];
    const stored = counts.remembered('put');
    const counted = counts.counted();
    counts.tidy(at);
    this.#forget(at);
    if (!isEnough(stored === null ? null : (JSON.parse(stored) as LastPut), counted, catalogue, at)) return 'idle';
    // With half of a catalogue half of the lists would be lost.
    if (!(await this.#rulesets.dataReady(ruleset, DATA_WAIT_MS))) throw new Error('the catalogue cannot be read');
    const changed = await this.#put(ruleset, packItems(counts, ruleset.items.catalogue, at), at);
    counts.remember('put', JSON.stringify({ at, counted, catalogue } satisfies LastPut));
    logLine({ kind: 'items', outcome: changed ? 'put' : 'same', space: this.#space, visits: counted });
    return changed ? 'put' : 'same';
  }

  #forget(at: Instant): void {
    const halved = this.#counts.remembered('halved');
    if (halved !== null && at - Number(halved) < HALF_LIFE_MS) return;
    if (halved !== null) this.#counts.halve();
    this.#counts.remember('halved', String(at));
  }

  async #put({ space }: LoadedRuleset, packed: ReadonlyMap<string, object>, at: Instant): Promise<boolean> {
    const publisher = publisherStub(this.env.PUBLISHER, space);
    const parts: Record<string, string> = {};
    for (const [name, part] of packed) {
      const stored = await publisher.storePart(JSON.stringify(part));
      if (!stored.ok) throw new Error('the publisher does not answer');
      parts[name] = stored.value;
    }
    const put = await publisher.putData({
      actor: { name: 'job:items', requestId: `job-${at}` },
      families: ['neighbours/viewed', 'neighbours/bought', 'popularity'],
      parts,
    });
    if (!put.ok) throw new Error(`the publisher refused: ${put.error.kind}`);
    // Live in this isolate at once; elsewhere it follows within a minute.
    await this.#rulesets.refreshNow(space);
    return put.value.changed;
  }
}

function now(): Instant {
  return Date.now() as Instant;
}
