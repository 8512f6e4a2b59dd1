import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { eventSchema } from '../../../core/event/schema.ts';
import { collectRequestSchema, decideRequestSchema, interactRequestSchema } from '../../../core/interaction/schema.ts';
import type { CollectRequest, DecideRequest, InteractRequest, WireEvent } from '../../../core/interaction/wire.ts';
import { BORN_WITH, PROFILE_MIGRATIONS, SEEN_TABLE } from '../../../db/profile/migrations.ts';
import * as tables from '../../../db/profile/schema.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Compiles only when every value of the wire type passes for the schema's input. Arrays lose `readonly`, because schemas do not ask for it. */
type Mutable<T> = T extends readonly (infer E)[]
  ? Mutable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
type Fits<Wire, Schema extends z.ZodType> = Mutable<Wire> extends z.input<Schema> ? true : false;
type Keys<T> = Record<keyof Required<T>, true>;

describe('the wire types and the schemas that check them', () => {
  it('agree in type: what TypeScript lets a client send, the schema takes', () => {
    const fits: [
      Fits<CollectRequest, typeof collectRequestSchema>,
      Fits<InteractRequest, typeof interactRequestSchema>,
      Fits<DecideRequest, typeof decideRequestSchema>,
      Fits<Omit<WireEvent, 'data' | 'context'>, z.ZodObject<Omit<typeof eventSchema.shape, 'data' | 'context'>>>,
    ] = [true, true, true, true];
    expect(fits).not.toContain(false);
  });

  it('have the same members, all of them', () => {
    const collect: Keys<CollectRequest> = {
      key: true,
      sentAt: true,
      visitor: true,
      proof: true,
      proofFrom: true,
      consent: true,
      context: true,
      events: true,
    };
    const interact: Keys<InteractRequest> = { ...collect, visitorLink: true, placements: true, preview: true };
    const decide: Keys<DecideRequest> = {
      identity: true,
      visitor: true,
      authState: true,
      placements: true,
      context: true,
      languages: true,
      preview: true,
      include: true,
    };
    const event: Keys<WireEvent> = {
      id: true,
      type: true,
      occurredAt: true,
      identities: true,
      authState: true,
      consent: true,
      context: true,
      data: true,
    };
    for (const [schema, members] of [
      [collectRequestSchema, collect],
      [interactRequestSchema, interact],
      [decideRequestSchema, decide],
      [eventSchema, event],
    ] as const) {
      expect(Object.keys(schema.shape).sort()).toEqual(Object.keys(members).sort());
    }
  });
});

interface Member {
  readonly type: string;
  readonly kind?: string;
  readonly key?: { readonly type: string; readonly name: string };
}
interface Declaration {
  readonly type: string;
  readonly id?: { readonly name: string };
  readonly body?: { readonly body: readonly Member[] };
}

/** The declared class or interface of that name in a file. */
function membersOf(path: string, name: string): readonly Member[] {
  const { program } = parseSync(path, readFileSync(join(ROOT, path), 'utf8'));
  for (const node of program.body as unknown as readonly (Declaration & { readonly declaration?: Declaration })[]) {
    const declared = node.declaration ?? node;
    if (declared.id?.name === name) return declared.body?.body ?? [];
  }
  throw new Error(`${path} does not declare ${name}`);
}

describe('what other objects and the edge can call', () => {
  /** Runtime hooks, which the platform calls. */
  const HOOKS = ['constructor', 'alarm'];

  it.each([
    ['worker/objects/profile-object.ts', 'ProfileObject', 'ProfileRpc'],
    ['worker/objects/directory-object.ts', 'DirectoryObject', 'DirectoryRpc'],
  ])('%s offers its contract and not one method more', (path, name, contract) => {
    const offered = membersOf(path, name).filter(
      ({ type, key }) => type === 'MethodDefinition' && key?.type !== 'PrivateIdentifier',
    );
    const promised = membersOf('core/interaction/rpc.ts', contract).map(({ key }) => key?.name);
    expect(promised.length).toBeGreaterThan(0);
    expect(
      offered
        .map(({ key }) => key?.name)
        .filter((method) => !HOOKS.includes(method ?? ''))
        .sort(),
    ).toEqual([...promised].sort());
    // A public field would be readable over RPC as well.
    const fields = membersOf(path, name).filter(
      ({ type, key }) => type === 'PropertyDefinition' && key?.type !== 'PrivateIdentifier',
    );
    expect(fields).toEqual([]);
  });
});

describe('the tables of a profile object', () => {
  const db = new DatabaseSync(':memory:');
  for (const migration of PROFILE_MIGRATIONS.slice(0, BORN_WITH)) db.exec(migration);
  const born = db.prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").all() as { name: string }[];
  for (const migration of PROFILE_MIGRATIONS.slice(BORN_WITH)) db.exec(migration);
  db.exec(SEEN_TABLE);
  db.exec(SEEN_TABLE);
  const TYPES: Readonly<Record<string, string>> = { text: 'TEXT', integer: 'INTEGER', blob: 'BLOB' };

  it.each([
    ['fact', tables.fact],
    ['state', tables.state],
    ['history', tables.history],
    ['seen', tables.seen],
  ])('%s is in the migrations as the schema says', (name, table) => {
    const { columns, primaryKeys } = getTableConfig(table);
    const composite = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
    const declared = columns.map((column) => ({
      name: column.name,
      type: TYPES[column.getSQLType()],
      key: column.primary || composite.includes(column.name),
    }));
    const made = db.prepare(`PRAGMA table_info(${name})`).all() as {
      name: string;
      type: string;
      pk: number;
      notnull: number;
    }[];
    expect(made.map((column) => ({ name: column.name, type: column.type, key: column.pk > 0 }))).toEqual(declared);
    for (const column of made) expect(column.notnull === 1 || column.pk > 0).toBe(true);
  });

  it('are two at birth, without an index that would be one more billed row', () => {
    expect(born.map(({ name }) => name).sort()).toEqual(['fact', 'state']);
    const made = db.prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").all() as {
      name: string;
    }[];
    expect(made.map(({ name }) => name).sort()).toEqual(['fact', 'history', 'seen', 'state']);
  });
});
