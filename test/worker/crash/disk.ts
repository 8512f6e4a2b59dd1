import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DirectoryNode } from '../../../core/identity/protocol/directory-node.ts';
import { unpackLines } from '../../../core/interaction/history-lines.ts';
import type { OutboxChunk } from '../../../core/interaction/outbox.ts';
import { type PackedStitch, unpackStitch } from '../../../core/interaction/packed-stitch.ts';
import { type PackedStrand, unpackStrand } from '../../../core/interaction/packed-strand.ts';
import type { Stitch } from '../../../core/interaction/state.ts';
import type { Strand } from '../../../core/profile/strand.ts';

/** What the snapshot of a profile says. */
export interface StoredHead {
  readonly space: string;
  readonly profile: string;
  readonly strands: readonly Strand[];
  readonly stitch: Stitch;
  readonly chunks: readonly OutboxChunk[];
  readonly archiveKeys: readonly string[];
}

/** A profile as it lies on the disk, read past the product while the platform is down. */
export interface StoredProfile extends StoredHead {
  readonly object: string;
  readonly facts: readonly StoredFact[];
  /** Everything stored, as text: to look for what must not be there any more. */
  readonly text: () => string;
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
  return objectsOf(folder, 'ProfileObject').flatMap(({ path, object }) => withDatabase(path, readProfile(object)));
}

export function headOf(snapshot: Buffer): StoredHead {
  const end = HEADER_BYTES + snapshot.readUInt32LE(4);
  const head = JSON.parse(snapshot.subarray(HEADER_BYTES, end).toString()) as {
    readonly space: string;
    readonly profile: string;
    readonly strands: readonly PackedStrand[];
    readonly stitch?: PackedStitch;
    readonly outbox: { readonly chunks: readonly OutboxChunk[] };
    readonly archiveKeys?: readonly string[];
  };
  const { space, profile, outbox, archiveKeys = [] } = head;
  const strands = head.strands.map(unpackStrand);
  return { space, profile, strands, stitch: unpackStitch(head.stitch, strands), chunks: outbox.chunks, archiveKeys };
}

/** Directories by the id of their object. */
export function readDirectories(folder: string): ReadonlyMap<string, DirectoryNode> {
  return new Map(
    objectsOf(folder, 'DirectoryObject').flatMap(({ path, object }) =>
      withDatabase(path, (db) => {
        if (!hasTable(db, 'directory')) return [];
        const row = db.prepare('SELECT body FROM directory').get() as { readonly body: string } | undefined;
        return row ? [[object, JSON.parse(row.body) as DirectoryNode] as const] : [];
      }),
    ),
  );
}

/** Facts that count. */
export function liveFacts({ facts, strands }: Pick<StoredProfile, 'facts' | 'strands'>): readonly StoredFact[] {
  return facts.filter((fact) => {
    const strand = strands[fact.strand];
    return strand !== undefined && !strand.leaving && strand.state !== 'gone';
  });
}

function objectsOf(folder: string, kind: string) {
  const objects = join(folder, 'data/do', `selvedge-${kind}`);
  return readdirSync(objects).flatMap((file) => {
    const object = /^([0-9a-f]{64})\.sqlite$/.exec(file)?.[1];
    return object ? [{ path: join(objects, file), object }] : [];
  });
}

function withDatabase<T>(path: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name) !== undefined;
}

const readProfile =
  (object: string) =>
  (db: DatabaseSync): readonly StoredProfile[] => {
    if (!hasTable(db, 'state')) return [];
    const pages = db.prepare('SELECT bytes FROM state ORDER BY page').all() as { bytes: Uint8Array }[];
    if (pages.length === 0) return [];
    const bytes = Buffer.concat(pages.map((page) => page.bytes));
    const head = headOf(bytes);
    const facts = db
      .prepare('SELECT source, id, strand, type, at, received_at FROM fact')
      .all() as unknown as StoredFact[];
    const paged = hasTable(db, 'history') ? db.prepare('SELECT strand, lines FROM history').all() : [];
    for (const { strand, lines } of paged as unknown as { readonly strand: number; readonly lines: string }[])
      for (const { source, id, type, at, receivedAt } of unpackLines(lines, strand))
        facts.push({ source, id, strand, type, at, received_at: receivedAt });
    const rows = ['fact', 'history', 'seen']
      .filter((table) => hasTable(db, table))
      .flatMap((table) => db.prepare(`SELECT * FROM ${table}`).all());
    return [
      {
        ...head,
        object,
        facts,
        text: () => bytes.toString('latin1') + JSON.stringify(rows),
      },
    ];
  };
