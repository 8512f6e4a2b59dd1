import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import { profilesOf } from '../../core/identity/replay/profiles.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import { EMPTY_TIMELINE, recordEvents } from '../../core/identity/replay/timeline.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { type ProtocolModel, RULES, type Scenario } from './identity-protocol-model.ts';

/** The invariants of section 3.7 that hold when everything has come to rest; each named by its number there. */
export function brokenInvariants(model: ProtocolModel, scenario: Scenario, oracle: string | null): readonly string[] {
  const broken = [...model.violations];
  const nodes = [...model.profiles.values()];
  const holders = (id: string) => nodes.filter(({ facts }) => facts[id] !== undefined);

  for (const { event, state } of model.clients) {
    const strand = event.keys[0] as IdentityKey;
    const known = model.directory(strand);
    const fenced = known.erasedAt >= event.at;
    const found = holders(event.id);
    const due = state === 'stored' && !fenced ? 1 : 0;
    if (found.length > due && fenced) broken.push(`12: ${event.id} of an erased time is held`);
    else if (found.length !== due) broken.push(`1: ${event.id} is held ${found.length} times`);
    if (found.some(({ pid }) => pid !== known.owner)) broken.push(`2: ${event.id} is not where its identity lives`);
  }
  for (const node of nodes) {
    for (const [key, row] of Object.entries(node.strands)) {
      if (row.state === 'gone') continue;
      const known = model.directory(key as IdentityKey);
      if (row.state === 'incoming') broken.push(`3: ${key} is still on its way`);
      if (known.owner !== node.pid || known.epoch !== row.epoch) broken.push(`3: ${key} disagrees with its directory`);
      if (node.state === 'forwarded') broken.push(`5: forwarded ${node.pid} owns ${key}`);
    }
    if (node.forward !== null && node.forward >= node.pid) broken.push(`5: ${node.pid} forwards up to ${node.forward}`);
    for (const { a, b } of node.links) {
      if (node.strands[a]?.state !== 'owned' || node.strands[b]?.state !== 'owned')
        broken.push(`7: ${a} – ${b} leaves ${node.pid}`);
    }
    if (node.lock) broken.push(`11: ${node.pid} is locked`);
    if (Object.keys(node.operations).length > 0) broken.push(`11: ${node.pid} has an open operation`);
    if (Object.keys(node.intents).length > 0 && node.state !== 'erased') broken.push(`11: ${node.pid} has an intent`);
    if (node.state === 'erased' && Object.keys(node.facts).length + Object.keys(node.strands).length > 0) {
      broken.push(`12: erased ${node.pid} holds data`);
    }
  }
  const parts = partitionOf(model, scenario);
  for (const part of parts) {
    if (part.filter((key) => RULES.namespaces.byCode.get(namespaceOf(key))?.unique).length > 1)
      broken.push(`6: ${part} together`);
  }
  if (oracle !== null && text(parts) !== oracle) broken.push(`9: ${text(parts)} instead of ${oracle}`);
  return broken;
}

/** Who is with whom by the directories. */
function partitionOf(model: ProtocolModel, { events }: Scenario): readonly (readonly IdentityKey[])[] {
  const byOwner = new Map<string, IdentityKey[]>();
  for (const key of new Set(events.flatMap(({ keys }) => keys))) {
    const { owner } = model.directory(key);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), key]);
  }
  return [...byOwner.values()];
}

/** The partition that the replay engine gives for the same events, in order of their times. */
export function oracleOf({ events, erase }: Scenario): string | null {
  if (erase) return null;
  const stream = events.map(
    ({ id, at, keys }): StitchEvent => ({
      id,
      kind: 'record',
      stamp: { at: at as Instant, seq: at },
      identities: keys.map((key) => ({ namespace: namespaceOf(key), value: key.slice(key.indexOf(':') + 1) })),
      verified: true,
      consent: {},
      assign: {},
    }),
  );
  const { head } = recordEvents(EMPTY_TIMELINE, stream, RULES);
  return text(profilesOf(head, RULES).map(({ keys }) => keys));
}

function text(parts: readonly (readonly IdentityKey[])[]): string {
  return parts
    .map((part) => part.toSorted().join(' '))
    .sort()
    .join(' | ');
}
