import { gunzipSync } from 'node:zlib';
import { identityKey } from '../../../core/identity/identity-key.ts';
import type { DirectoryNode } from '../../../core/identity/protocol/directory-node.ts';
import { type ProfileId, parseDeviceId, type Space } from '../../../core/lib/ids.ts';
import { birthProfile, type IdentityNames } from '../../../worker/identity-names.ts';
import { createSecretBox } from '../../../worker/secret-box.ts';
import { secretBytes } from '../../../worker/secret-bytes.ts';
import { type ArchiveLine, openLine } from '../../../worker/stores/archive-line.ts';
import type { StoredProfile } from './disk.ts';
import { placesOf } from './findings.ts';
import type { Life } from './mortal.ts';
import type { AskedErasure } from './operator.ts';
import type { SentEvent } from './sent-event.ts';

const SPACE = 'main' as Space;

/** Events that are where they should not be, in words. Nowhere: only what was stored before somebody of its group was erased. */
export function misplaced(
  sent: readonly SentEvent[],
  profiles: readonly StoredProfile[],
  erasures: readonly AskedErasure[],
): readonly string[] {
  const places = placesOf(profiles);
  const ids = new Set(sent.map(({ wire }) => wire.id));
  const wrong = sent.flatMap(({ wire, acked, refused, group }) => {
    const found = places.get(wire.id) ?? [];
    const at = Date.parse(wire.occurredAt);
    const name = `${wire.id} ${wire.type} of ${wire.occurredAt}`;
    if (!acked && refused === null) return [`${name} was never acknowledged`];
    if (found.length > 1) return [`${name} is at ${found.join(' and ')}`];
    if (found.length === 1) return [];
    // The profile is wiped a little after the time that the erasure names: what came in between goes with it.
    const isErased = erasures.some((one) => one.group === group && one.endedAt !== null && at <= one.endedAt);
    return isErased
      ? []
      : [`${name} is lost${refused ? ` (${refused})` : ''}, and nobody of ${group} was erased after it`];
  });
  return [...wrong, ...[...places.keys()].filter((id) => !ids.has(id)).map((id) => `${id} was never sent`)];
}

/** Facts that are older than an erasure of the identity they came through. */
export function fenced(
  profiles: readonly StoredProfile[],
  where: ReadonlyMap<string, DirectoryNode>,
): readonly string[] {
  return profiles.flatMap(({ profile, facts, strands }) =>
    facts.flatMap(({ id, strand, at }) => {
      const held = strands[strand];
      if (!held || held.state === 'gone' || held.leaving) return [];
      const key = identityKey(held.identity);
      // What was kept for somebody is a person's history, and not erased with the device.
      const erasedAt = held.keptBy ? held.erasedAt : Math.max(held.erasedAt, where.get(key)?.erasedAt ?? -1);
      return at <= erasedAt ? [`${profile} has ${id} of ${at}, and ${key} was erased at ${erasedAt}`] : [];
    }),
  );
}

/** Whether directories and profiles agree on who owns what. `where`: by identity, those that exist. */
export async function disagreements(
  profiles: readonly StoredProfile[],
  where: ReadonlyMap<string, DirectoryNode>,
  names: IdentityNames,
): Promise<readonly string[]> {
  const byId = new Map(profiles.map((stored) => [stored.profile, stored]));
  const wrong: string[] = [];
  for (const { profile, strands } of profiles) {
    for (const { identity, keptBy, state, leaving, epoch, erasedAt } of strands) {
      if (keptBy || leaving || state === 'gone') continue;
      const key = identityKey(identity);
      const node = where.get(key);
      const device = identity.namespace === 'device' ? parseDeviceId(identity.value) : null;
      const born =
        identity.namespace === 'anonymous'
          ? await names.anonymousProfile(SPACE, identity, 'none')
          : device && birthProfile(device, 'none');
      const owner = node?.owner ?? born;
      const expected = node?.owner ? node.epoch : 1;
      if (owner !== profile || expected !== epoch) {
        wrong.push(`${key} is at ${profile} in epoch ${epoch}; the directory says ${owner} in epoch ${expected}`);
      }
      if (node && node.erasedAt !== erasedAt) {
        wrong.push(`${key} at ${profile} was erased at ${erasedAt}; the directory says ${node.erasedAt}`);
      }
    }
  }
  for (const [key, { owner, epoch }] of where) {
    const home = owner === null ? undefined : byId.get(owner);
    if (home && home.stitch.state !== 'live') {
      wrong.push(`the directory of ${key} names ${owner} in epoch ${epoch}, which is ${home.stitch.state}`);
    }
  }
  return wrong;
}

/** The directories that exist, by identity. */
export async function directoriesOf(
  life: Life,
  identities: readonly { readonly namespace: string; readonly value: string }[],
  names: IdentityNames,
  stored: ReadonlyMap<string, DirectoryNode>,
): Promise<ReadonlyMap<string, DirectoryNode>> {
  const objects = await Promise.all(
    identities.map(async (identity) => `${SPACE}:${identity.namespace}:${await names.directory(SPACE, identity)}`),
  );
  const ids = await life.directoryIds(objects);
  return new Map(
    identities.flatMap((identity, index) => {
      const node = stored.get(ids[index] ?? '');
      return node ? [[identityKey(identity), node] as const] : [];
    }),
  );
}

/** What of the erased can still be read: rows, archive lines that the keys of D1 open, rows of D1. Also what became unreadable and lives. */
export async function wronglyReadable(
  life: Life,
  profiles: readonly StoredProfile[],
  sent: readonly SentEvent[],
  configKey: string,
): Promise<readonly string[]> {
  const places = placesOf(profiles);
  const known = new Set(sent.map(({ wire }) => wire.id));
  const wrong: string[] = [];
  const rows = new Set(profiles.flatMap(({ facts }) => facts.map(({ id }) => id)));
  for (const id of known)
    if (!places.has(id) && rows.has(id)) wrong.push(`${id} is erased, and its row is still there`);

  const box = createSecretBox(secretBytes(configKey, 'CONFIG_KEY'));
  const keys = new Map<string, CryptoKey>();
  for (const { id, sealed } of await life.rows('SELECT id, sealed FROM archive_key')) {
    const bytes = sealed === null ? null : await box.open(String(sealed));
    if (bytes) keys.set(String(id), await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['decrypt']));
  }
  const archived = new Map<string, boolean>();
  for (const { base64 } of await life.archive()) {
    for (const text of gunzipSync(Buffer.from(base64, 'base64')).toString().split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text) as ArchiveLine;
      const opened = await openLine(line, keys.get(line.key) ?? null);
      archived.set(line.id, (archived.get(line.id) ?? false) || opened !== null);
    }
  }
  for (const [id, isOpen] of archived) {
    if (isOpen && !places.has(id)) wrong.push(`${id} is erased, and the archive can be opened`);
    if (!isOpen && places.has(id)) wrong.push(`${id} lives, and the archive of it is destroyed`);
  }
  const gone = profiles.filter(({ stitch }) => stitch.state === 'erased').map(({ profile }) => profile);
  for (const table of ['profile', 'membership', 'identity_claim']) {
    for (const { pid } of await life.rows(`SELECT DISTINCT pid FROM ${table}`)) {
      if (gone.includes(String(pid) as ProfileId)) wrong.push(`${pid} is erased, and ${table} in D1 knows it`);
    }
  }
  return wrong;
}
