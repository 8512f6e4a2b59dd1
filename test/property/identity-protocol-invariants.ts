import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import type { DeviceUses } from '../../core/identity/protocol/device-uses.ts';
import { isKeptName, type KeptName, type KeptRow, type StrandRow } from '../../core/identity/protocol/strand-row.ts';
import { profilesOf } from '../../core/identity/replay/profiles.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import { EMPTY_TIMELINE, operate, recordEvents, type Timeline } from '../../core/identity/replay/timeline.ts';
import type { Instant } from '../../core/lib/ids.ts';
import type { ProtocolModel, Scenario, Sent } from './identity-protocol-model.ts';
import type { Stored } from './identity-protocol-world.ts';

/** What the replay engine says of the same events: who is with whom, and whose profile each event is in. */
export interface Oracle {
  readonly partition: string;
  /** Null: arrival decides, because a late login is judged against the links of today (see the design page). */
  readonly placement: string | null;
}

/** The invariants of section 3.7 that can be seen when everything has come to rest; each named by its number there. */
export function brokenInvariants(model: ProtocolModel, scenario: Scenario, oracle: Oracle | null): readonly string[] {
  const { world } = model;
  const broken = [...world.violations];
  const objects = [...world.stored.values()];
  for (const { event, state } of model.clients) {
    if (state === 'open') broken.push(`11: ${event.id} was never answered`);
    if (isOperator(event)) continue;
    const known = world.ownerOf(event.keys[0] as IdentityKey);
    const fenced = known.erasedAt >= event.at;
    const found = objects.filter(({ facts }) => facts.has(event.id));
    // A fact that a device left with somebody outlives an erasure of the device's next owner.
    const left = found.filter(({ facts }) => isKeptName(facts.get(event.id)?.strand ?? ('' as IdentityKey)));
    const wiped = world.wiped.get(event.id);
    const due = state === 'stored' && !fenced && wiped === undefined && scenario.restore === undefined ? 1 : 0;
    // A client may repeat what lies after the time of the erasure: that is not fenced.
    const past = event.at <= (scenario.erase?.at ?? 0);
    if (wiped === 'erased' && past && found.length > 0) broken.push(`12: ${event.id} was erased and is back`);
    if (fenced && found.length > left.length) broken.push(`12: ${event.id} of an erased time is held`);
    if (found.length > 1) broken.push(`1: ${event.id} is held ${found.length} times`);
    if (found.length < due) broken.push(`1: ${event.id} is lost`);
    for (const object of found) broken.push(...misplaced(model, object, event));
  }
  for (const object of objects) broken.push(...brokenObject(model, object, scenario));
  for (const key of keysOf(scenario)) {
    const { owner, epoch } = world.ownerOf(key);
    if (owner === null || world.directory(key).owner === null) continue;
    const { node } = world.get(owner);
    // Handed to a profile that was erased before it opened the strand: whoever comes next moves it on.
    const orphaned = node.state === 'erased' && epoch === 1 && scenario.erase !== undefined;
    const reaches = node.state === 'none' || node.state === 'live' || orphaned;
    if (!reaches) broken.push(`14: ${key} leads to ${node.state} ${owner}`);
  }
  const parts = partitionOf(model, scenario);
  for (const part of parts) {
    if (part.filter((key) => namespaceOf(key) === 'crm').length > 1) broken.push(`6: ${part} together`);
    // A change of rules touches a graph only when that is next updated.
    if (part.length > world.rules.maxIdentities && !scenario.newRules)
      broken.push(`6: ${part.length} identities together`);
  }
  if (oracle !== null && text(parts) !== oracle.partition)
    broken.push(`9: ${text(parts)} instead of ${oracle.partition}`);
  if (oracle !== null && oracle.placement !== null) {
    const placed = placementOf(model);
    if (placed !== oracle.placement) broken.push(`2: ${placed} instead of ${oracle.placement}`);
  }
  return broken;
}

function isOperator({ kind }: Sent): boolean {
  return kind === 'unlink' || kind === 'split' || kind === 'force';
}

function misplaced({ world }: ProtocolModel, { node, facts }: Stored, { id }: Sent): readonly string[] {
  const strand = facts.get(id)?.strand as IdentityKey | KeptName;
  if (isKeptName(strand)) {
    const row = node.kept[strand];
    if (row?.state !== 'kept') return [`2: ${id} is kept by nobody`];
    return node.strands[row.by]?.state === 'owned' ? [] : [`2: ${id} is not where ${row.by} lives, who keeps it`];
  }
  return world.ownerOf(strand).owner === node.pid ? [] : [`2: ${id} is not where ${strand} lives`];
}

function brokenObject({ world }: ProtocolModel, { node, facts }: Stored, { restore }: Scenario): readonly string[] {
  const broken: string[] = [];
  for (const [key, row] of Object.entries<StrandRow>(node.strands) as [IdentityKey, StrandRow][]) {
    if (row.state === 'gone') continue;
    const known = world.ownerOf(key);
    if (row.state === 'incoming') broken.push(`3: ${key} is still on its way to ${node.pid}`);
    if (known.owner !== node.pid || known.epoch !== row.epoch)
      broken.push(
        `3: ${key} at ${node.pid} (${row.epoch}) disagrees with its directory (${known.owner} ${known.epoch})`,
      );
    if (node.state === 'forwarded') broken.push(`5: forwarded ${node.pid} owns ${key}`);
    if (row.claimant !== null && node.strands[row.claimant]?.state !== 'owned' && restore === undefined)
      broken.push(`7: ${key} is claimed by ${row.claimant}, who is elsewhere`);
  }
  for (const { key, state } of Object.values<KeptRow>(node.kept)) {
    if (state === 'incoming') broken.push(`3: what is kept of ${key} is still on its way`);
  }
  if (node.forward !== null && node.forward >= node.pid) broken.push(`5: ${node.pid} forwards up to ${node.forward}`);
  for (const { a, b } of node.links) {
    if (node.strands[a]?.state !== 'owned' || node.strands[b]?.state !== 'owned')
      broken.push(`7: ${a} – ${b} leaves ${node.pid}`);
  }
  for (const [key, { spans }] of Object.entries<DeviceUses>(node.uses)) {
    for (const { by, to } of spans)
      if (by && world.directory(by).erasedAt >= to) broken.push(`12: ${key} still names erased ${by}`);
    if (node.strands[key as IdentityKey]?.state !== 'owned') broken.push(`13: uses of ${key}, which is elsewhere`);
  }
  if (node.lock) broken.push(`11: ${node.pid} is locked`);
  if (Object.keys(node.operations).length > 0) broken.push(`11: ${node.pid} has an open operation`);
  if (Object.keys(node.intents).length > 0) broken.push(`11: ${node.pid} has an intent`);
  if (node.state === 'erasing') broken.push(`11: ${node.pid} is still being erased`);
  if (node.state === 'erased' && facts.size + Object.keys(node.strands).length > 0)
    broken.push(`12: erased ${node.pid} holds data`);
  if (node.state === 'none' && facts.size > 0) broken.push(`12: ${node.pid} is nobody and holds data`);
  if (node.state === 'forwarded') {
    let end = node.pid;
    for (let hop = 0; hop < 20; hop++) end = world.node(end).forward ?? end;
    if (world.node(end).state === 'erased' && restore === undefined)
      broken.push(`12: ${node.pid} still forwards to erased ${end}`);
  }
  return broken;
}

function keysOf({ events }: Scenario): readonly IdentityKey[] {
  return [...new Set(events.flatMap(({ keys }) => keys))];
}

/** Who is with whom by the directories. */
function partitionOf({ world }: ProtocolModel, scenario: Scenario): readonly (readonly IdentityKey[])[] {
  const byOwner = new Map<string, IdentityKey[]>();
  for (const key of keysOf(scenario)) {
    const owner = world.ownerOf(key).owner ?? key;
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), key]);
  }
  return [...byOwner.values()];
}

function placementOf({ world }: ProtocolModel): string {
  const groups: string[] = [];
  for (const { facts } of world.stored.values()) if (facts.size > 0) groups.push([...facts.keys()].sort().join(' '));
  return groups.sort().join(' | ');
}

/** What the replay engine gives for the same events, in order of their times. Null where arrival or an erasure decides. */
export function oracleOf(scenario: Scenario): Oracle | null {
  const { events, erase, expire, newRules, restore, rules, orderly, exact: always } = scenario;
  if (erase || expire || newRules || restore) return null;
  let timeline: Timeline = EMPTY_TIMELINE;
  let reopened = false;
  let tied = false;
  for (const event of events) {
    if (event.kind === 'split') {
      // What was kept and opened again is one history here, and goes with the device; the engine still tells its parts.
      if (event.keys.some((key) => (timeline.head.strands.get(key)?.generation ?? 1) > 1)) reopened = true;
      timeline = operate(timeline, { kind: 'split', identities: event.keys.map(identityOf) }, rules);
    } else if (event.kind === 'unlink') return null;
    else timeline = recordEvents(timeline, [stitchEvent(event)], rules);
    // Who of two e-mails claims a device: the longer known there, the one that has claimed before here.
    tied ||= profilesOf(timeline.head, rules).some(({ keys }) => isTied(keys));
  }
  const { head } = timeline;
  const profiles = profilesOf(head, rules);
  const operators = new Set(events.filter(isOperator).map(({ id }) => id));
  const placed = profiles.map(({ facts }) => facts.map(({ id }) => id).filter((id) => !operators.has(id)));
  const groups = placed.filter((ids) => ids.length > 0).map((ids) => ids.sort().join(' '));
  const exact = (orderly && !reopened && !tied) || always || rules.policy.anonymousHistory === 'follow-device';
  // Who was only ever named by an operator is nobody there, and alone here.
  const unseen = keysOf(scenario).filter((key) => !head.strands.has(key));
  const parts = [...profiles.map(({ keys }) => keys), ...unseen.map((key) => [key])];
  return { partition: text(parts), placement: exact ? groups.sort().join(' | ') : null };
}

function isTied(keys: readonly IdentityKey[]): boolean {
  const named = keys.map(namespaceOf);
  return !named.includes('crm') && named.filter((code) => code === 'email').length > 1;
}

function identityOf(key: IdentityKey) {
  return { namespace: namespaceOf(key), value: key.slice(key.indexOf(':') + 1) };
}

function stitchEvent({ id, at, keys, kind, isClaim }: Sent): StitchEvent {
  return {
    id,
    kind: kind === 'logout' || kind === 'force' ? kind : 'record',
    stamp: { at: at as Instant, seq: at },
    identities: keys.map(identityOf),
    verified: !isClaim,
    consent: {},
    assign: {},
  };
}

function text(parts: readonly (readonly IdentityKey[])[]): string {
  return parts
    .map((part) => part.toSorted().join(' '))
    .sort()
    .join(' | ');
}
