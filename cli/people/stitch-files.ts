import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import { DEFAULT_NAMESPACES } from '../../core/identity/default-namespaces.ts';
import type { Link } from '../../core/identity/replay/link.ts';
import { profilesOf, type StitchedProfile } from '../../core/identity/replay/profiles.ts';
import type { Stamp } from '../../core/identity/replay/stamp.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import { DEFAULT_STITCH, type StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import { EMPTY_TIMELINE, recordEvents } from '../../core/identity/replay/timeline.ts';
import type { MappedEvent } from '../../core/source/build-event.ts';
import { loadMapping } from '../replay/load-mapping.ts';
import { mapFile } from '../replay/map-file.ts';
import { openSource } from '../replay/read-rows.ts';
import type { MappingTally } from '../replay/tally.ts';

/** A file and the mapping that reads it. */
export interface SourceFileWithMapping {
  readonly file: string;
  readonly mapping: string;
}

/** An event of a file, and where it came from. */
export interface FiledEvent {
  readonly event: MappedEvent;
  readonly file: string;
  readonly stamp: Stamp;
}

export interface StitchedFiles {
  readonly tallies: ReadonlyMap<string, MappingTally>;
  readonly events: ReadonlyMap<string, FiledEvent>;
  readonly profiles: readonly StitchedProfile[];
  /** Links that later ones have displaced. */
  readonly displaced: readonly Link[];
  /** Events in no profile: no identity of theirs names anybody. */
  readonly homeless: readonly string[];
}

/** What a new space starts with; a server stands behind every event of a file. */
const RULES: StitchRules = { ...DEFAULT_STITCH, namespaces: compileNamespaces(DEFAULT_NAMESPACES) };

/**
 * Reads files through their mappings and stitches all of their events on the product's engine, in this process. The whole of
 * it is held in memory: for files of people, not for years of clicks.
 */
export async function stitchFiles(sources: readonly SourceFileWithMapping[]): Promise<StitchedFiles> {
  const tallies = new Map<string, MappingTally>();
  const events = new Map<string, FiledEvent>();
  for (const { file, mapping } of sources) {
    const { compiled } = await loadMapping(mapping);
    const mapped = mapFile(await openSource(file, compiled.mapping, undefined), compiled, {
      fromMs: null,
      toMs: null,
      limit: null,
    });
    for await (const event of mapped.events) {
      if (!events.has(event.id)) events.set(event.id, { event, file, stamp: { at: event.at, seq: events.size } });
    }
    tallies.set(file, mapped.tally);
  }
  const { head } = recordEvents(EMPTY_TIMELINE, [...events.values()].map(stitchEvent), RULES);
  const outcomes = [...head.outcomes];
  return {
    tallies,
    events,
    profiles: profilesOf(head, RULES),
    displaced: outcomes.flatMap(([, { removed }]) => removed),
    homeless: outcomes.filter(([, { kind }]) => kind !== 'stored').map(([id]) => id),
  };
}

function stitchEvent({ event, stamp }: FiledEvent): StitchEvent {
  const { id, identities } = event;
  return { id, kind: 'record', stamp, identities, verified: true, consent: {}, assign: {} };
}
