import type { AuthState } from '../event/event.ts';
import { reachesAuthState } from '../event/reaches-auth-state.ts';
import type { Instant } from '../lib/ids.ts';
import { formatInstant } from '../lib/instant.ts';
import type { JsonValue } from '../lib/json.ts';
import { mergedRecent } from '../profile/merge.ts';
import { countsHere } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { measureJson } from './measure-json.ts';
import type { ProfileState } from './state.ts';
import type { ProfileView, RecentItem } from './wire.ts';

const RECENT_SHOWN = 12;

/** The profile as a server key may see it in this authentication state: attributes and measures that need a stronger one are left out. Measures that are unknown too. */
export function profileView(state: ProfileState, ruleset: LoadedRuleset, authState: AuthState): ProfileView {
  const strands = state.strands.filter(countsHere);
  const attributes: Record<string, JsonValue> = {};
  for (const [name, value] of state.attributes) {
    const requires = ruleset.attributes.get(name)?.requires ?? 'authenticated';
    if (reachesAuthState(authState, requires)) attributes[name] = value;
  }
  const measures: Record<string, JsonValue> = {};
  for (const [name, { cell, requires = 'anonymous' }] of state.live ? ruleset.measures : []) {
    if (!reachesAuthState(authState, requires)) continue;
    const value = state.live ? measureJson(state.live.resident.value(cell), state.log, state.evaluatedAt) : null;
    if (value !== null) measures[name] = value;
  }
  return {
    id: state.profile,
    identities: strands.map((strand) => strand.identity),
    attributes,
    measures,
    events: strands.reduce((sum, strand) => sum + strand.facts, 0),
    firstSeen: formatInstant(state.createdAt),
    lastSeen: formatInstant(Math.max(state.createdAt, ...strands.map((strand) => strand.lastSeen)) as Instant),
  };
}

export function recentView(state: ProfileState): readonly RecentItem[] {
  return mergedRecent(state.strands, RECENT_SHOWN).map(({ productId, at }) => ({ productId, at: formatInstant(at) }));
}
