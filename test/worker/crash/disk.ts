import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { OutboxChunk } from '../../../core/interaction/outbox.ts';
import type { LinkIntent } from '../../../core/interaction/state.ts';
import type { Strand } from '../../../core/profile/strand.ts';

/** A profile as it lies on the disk, read past the product while the platform is down. */
export interface StoredProfile {
  readonly object: string;
  readonly space: string;
  readonly profile: string;
  readonly strands: readonly Strand[];
  readonly intents: readonly LinkIntent[];
  readonly chunks: readonly OutboxChunk[];
  readonly facts: readonly StoredFact[];
}

export interface StoredFact {
  readonly source: string;
  readonly id: string;
  readonly strand: number;
  readonly type: string;
  readonly at: number;
  readonly received_at: number;
}

const HEADER_BYTES = 16;

export function readDisk(folder: string): readonly StoredProfile[] {
  const objects = join(folder, 'data/do/selvedge-ProfileObject');
  return readdirSync(objects).flatMap((file) => {
    const object = /^([0-9a-f]{64})\.sqlite$/.exec(file)?.[1];
    return object ? readProfile(join(objects, file), object) : [];
  });
}

function readProfile(path: string, object: string): readonly StoredProfile[] {
  const db = new DatabaseSync(path);
  try {
    if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'state'").get()) return [];
    const pages = db.prepare('SELECT bytes FROM state ORDER BY page').all() as { bytes: Uint8Array }[];
    if (pages.length === 0) return [];
    const bytes = Buffer.concat(pages.map((page) => page.bytes));
    const head = JSON.parse(bytes.subarray(HEADER_BYTES, HEADER_BYTES + bytes.readUInt32LE(4)).toString()) as {
      readonly space: string;
      readonly profile: string;
      readonly strands: readonly Strand[];
      readonly intents: readonly LinkIntent[];
      readonly outbox: { readonly chunks: readonly OutboxChunk[] };
    };
    const facts = db
      .prepare('SELECT source, id, strand, type, at, received_at FROM fact')
      .all() as unknown as StoredFact[];
    return [{ object, ...head, chunks: head.outbox.chunks, facts }];
  } finally {
    db.close();
  }
}

/** Facts of strands that have not left. */
export function liveFacts(profile: StoredProfile): readonly StoredFact[] {
  return profile.facts.filter((fact) => profile.strands[fact.strand]?.state !== 'gone');
}
