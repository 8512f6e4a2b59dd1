import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * The tables of D1 database `CONTROL`. Instants are milliseconds since 1970, days `2026-11-22`, hours `2026-11-22T06`.
 * Only `resource`, which is seldom written, has secondary indexes, because each is a billed row per write: every other query goes by a prefix of the primary key, and the
 * migrations make the tables of small rows WITHOUT ROWID, so that the primary key is the table itself.
 */

/** The newest version of a configured resource; its body is the `resource_version` of that number. */
export const resource = sqliteTable(
  'resource',
  {
    space: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    version: integer().notNull(),
    archived: integer({ mode: 'boolean' }).notNull(),
    // What lists show, sort and search by, so that they read no bodies.
    name: text().notNull().default(''),
    folder: text().notNull().default(''),
    /** JSON: a list. */
    tags: text().notNull().default('[]'),
    owner: text().notNull().default(''),
    updatedAt: integer('updated_at').notNull().default(0),
    updatedBy: text('updated_by').notNull().default(''),
    createdAt: integer('created_at').notNull().default(0),
    /** Id, name and description in lower case, a line each. */
    search: text().notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.space, t.kind, t.id] }),
    // Of one kind, and of all kinds.
    index('resource_name').on(t.space, t.kind, sql`${t.name} COLLATE NOCASE`, t.id),
    index('resource_updated').on(t.space, t.kind, t.updatedAt, t.id),
    index('resource_all_name').on(t.space, sql`${t.name} COLLATE NOCASE`, t.kind, t.id),
    index('resource_all_updated').on(t.space, t.updatedAt, t.kind, t.id),
  ],
);

/** Every body a resource ever had. Secrets in it are encrypted or hashed. An archived version keeps the last body. */
export const resourceVersion = sqliteTable(
  'resource_version',
  {
    space: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    version: integer().notNull(),
    /** JSON of the stored form. */
    body: text().notNull(),
    /** SHA-256 (hex) of `body`. */
    hash: text().notNull(),
    archived: integer({ mode: 'boolean' }).notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.kind, t.id, t.version] })],
);

/** Append-only. `hash` covers every other column and `previous_hash`, the hash of number − 1. */
export const audit = sqliteTable(
  'audit',
  {
    space: text().notNull(),
    number: integer().notNull(),
    at: integer().notNull(),
    actor: text().notNull(),
    requestId: text('request_id').notNull(),
    action: text().notNull(),
    kind: text().notNull(),
    subject: text().notNull(),
    beforeVersion: integer('before_version'),
    beforeHash: text('before_hash'),
    afterVersion: integer('after_version'),
    afterHash: text('after_hash'),
    note: text(),
    previousHash: text('previous_hash').notNull(),
    hash: text().notNull(),
    from: text('came_from'),
  },
  (t) => [primaryKey({ columns: [t.space, t.number] })],
);

/** Named operator tokens; the space in the token makes the lookup a prefix of the primary key. */
export const operatorToken = sqliteTable(
  'operator_token',
  {
    space: text().notNull(),
    name: text().notNull(),
    /** SHA-256 (hex) of the token. */
    hash: text().notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    lastUsedDay: text('last_used_day'),
    revokedAt: integer('revoked_at'),
    /** Those of before there were kinds and roles are personal, and owners until somebody changes it. */
    kind: text({ enum: ['personal', 'service'] })
      .notNull()
      .default('personal'),
    role: text().notNull().default('owner'),
    /** JSON: a list of tags; null: everything that the role may do. */
    scopes: text(),
    expiresAt: integer('expires_at'),
    /** Invited to sign in with this address, in lower case; null: by token only. */
    email: text(),
    /** Who it is at the identity provider, since the first sign-in. */
    issuer: text(),
    subject: text(),
  },
  (t) => [primaryKey({ columns: [t.space, t.name] })],
);

/** Index of profiles: known people, and anonymous ones only when sampled or activated. */
export const profile = sqliteTable('profile', {
  pid: text().primaryKey().notNull(),
  space: text().notNull(),
  /** 1: at least one person identity. */
  known: integer({ mode: 'boolean' }).notNull(),
  lastSeenDay: text('last_seen_day').notNull(),
});

export const membership = sqliteTable(
  'membership',
  {
    segment: text().notNull(),
    pid: text().notNull(),
    space: text().notNull(),
    since: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.segment, t.pid] })],
);

export const rollupEvent = sqliteTable(
  'rollup_event',
  {
    space: text().notNull(),
    hour: text().notNull(),
    source: text().notNull(),
    type: text().notNull(),
    count: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.source, t.type] })],
);

export const rollupMembership = sqliteTable(
  'rollup_membership',
  {
    space: text().notNull(),
    hour: text().notNull(),
    segment: text().notNull(),
    entered: integer().notNull(),
    exited: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.segment] })],
);

/** Members of a segment now: all that `rollup_membership` counted in, less all that it counted out, and what `reconcile` had to correct. */
export const rollupMembers = sqliteTable(
  'rollup_members',
  {
    space: text().notNull(),
    segment: text().notNull(),
    /** Profiles, known and anonymous. */
    members: integer().notNull(),
    /** The part of `members` that no entry or exit tells of. */
    corrected: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.segment] })],
);

export const rollupDecision = sqliteTable(
  'rollup_decision',
  {
    space: text().notNull(),
    hour: text().notNull(),
    placement: text().notNull(),
    /** '' is the fallback. */
    offer: text().notNull(),
    decisions: integer().notNull(),
    impressions: integer().notNull(),
    clicks: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.hour, t.placement, t.offer] })],
);

/**
 * What came of decisions, as sums of what profiles sent: see core/interaction/results.ts for the names and what each column holds. Those of one offer, or one version of an
 * experiment, have a common beginning.
 */
export const rollupResult = sqliteTable(
  'rollup_result',
  {
    space: text().notNull(),
    name: text().notNull(),
    hour: text().notNull(),
    a: real().notNull(),
    b: real().notNull(),
    c: real().notNull(),
    d: real().notNull(),
    e: real().notNull(),
    f: real().notNull(),
    g: real().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.name, t.hour] })],
);

/** Chunk ids that were counted already, per minute and shard: a repeated queue message is dropped. */
export const rollupLedger = sqliteTable(
  'rollup_ledger',
  {
    space: text().notNull(),
    minute: integer().notNull(),
    shard: integer().notNull(),
    ids: blob({ mode: 'buffer' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.minute, t.shard] })],
);

export const deadLetter = sqliteTable('dead_letter', {
  id: text().primaryKey().notNull(),
  space: text().notNull(),
  at: integer().notNull(),
  queue: text().notNull(),
  reason: text().notNull(),
  body: text().notNull(),
});

/**
 * Keys that seal the personal part of archived facts, one for everything that came through one strand of one profile. Destroyed when the person is
 * erased: the row stays, without the key, so that a message that was on its way cannot make a new one.
 */
export const archiveKey = sqliteTable(
  'archive_key',
  {
    space: text().notNull(),
    /** `<profile>/<number of the strand>`. */
    id: text().notNull(),
    /** AES-256 key, sealed with CONFIG_KEY; null: destroyed. */
    sealed: text(),
    destroyedAt: integer('destroyed_at'),
    /** When the first of what it sealed arrived; null: not known. */
    since: integer(),
  },
  (t) => [primaryKey({ columns: [t.space, t.id] })],
);

/** Erasures after which the archive is being rewritten without the person, by the id of the request. A row that is done is no row any more. */
export const archiveRewrite = sqliteTable(
  'archive_rewrite',
  {
    space: text().notNull(),
    request: text().notNull(),
    /** JSON: names of the destroyed keys. */
    keys: text().notNull(),
    /** In no hour before this one lies anything of them; '': not known. */
    since: text().notNull(),
    notedAt: integer('noted_at').notNull(),
    /** Objects up to this one have been looked through; null: not begun. Those of one space that are begun go together. */
    cursor: text(),
  },
  (t) => [primaryKey({ columns: [t.space, t.request] })],
);

/** Erasures that operators asked for, by the id of the request, and how far each has come. Holds no identity in the open: a profile id is opaque. */
export const erasure = sqliteTable(
  'erasure',
  {
    space: text().notNull(),
    request: text().notNull(),
    profile: text().notNull(),
    scope: text({ enum: ['person', 'identity'] }).notNull(),
    suppress: integer({ mode: 'boolean' }).notNull(),
    requestedAt: integer('requested_at').notNull(),
    /** Of the last step that was done, in the order of `ERASURE_STEPS`. */
    step: integer().notNull(),
    /** JSON: what was deleted where. */
    deleted: text().notNull(),
    finishedAt: integer('finished_at'),
    /** The one id that is to be erased alone, sealed with CONFIG_KEY; null once the profile is wiped, and where a whole person is meant. */
    sealedId: text('sealed_id'),
  },
  (t) => [primaryKey({ columns: [t.space, t.request] })],
);

/**
 * Profiles that are over, because they were erased or the person lives on in another: a message of before makes no row about them. Forgotten when no such
 * message can come any more. Anonymous profiles that end have no row anywhere, and none here.
 */
export const endedProfile = sqliteTable(
  'ended_profile',
  {
    space: text().notNull(),
    pid: text().notNull(),
    /** False: forwarded. */
    erased: integer({ mode: 'boolean' }).notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.pid] })],
);

/**
 * Ids of people that a profile's events claimed without proof: two profiles that claim one id, or claim what another owns, may be one person. `hash` is the
 * keyed hash that also names the directory object.
 */
export const identityClaim = sqliteTable(
  'identity_claim',
  {
    space: text().notNull(),
    namespace: text().notNull(),
    hash: text().notNull(),
    pid: text().notNull(),
    day: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.namespace, t.hash, t.pid] })],
);

/** Identities that trouble somebody: devices that many people share, values in quarantine. Written by their directory objects. */
export const identityAlarm = sqliteTable(
  'identity_alarm',
  {
    space: text().notNull(),
    kind: text({ enum: ['sharedDevice', 'quarantined'] }).notNull(),
    namespace: text().notNull(),
    hash: text().notNull(),
    /** Its owner then. */
    pid: text(),
    /** `sharedDevice`: owners within 24 hours; `quarantined`: the reason. */
    detail: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.kind, t.namespace, t.hash] })],
);

/** Operators who are signed in, and codes that become such a session. Those that ended are no rows any more. */
export const operatorSession = sqliteTable(
  'operator_session',
  {
    space: text().notNull(),
    id: text().notNull(),
    operator: text().notNull(),
    /** SHA-256 (hex) of the credential. */
    hash: text().notNull(),
    kind: text({ enum: ['browser', 'cli', 'code'] }).notNull(),
    /** `code`: what the secret of whoever takes it must hash to. */
    challenge: text(),
    issuer: text().notNull(),
    createdAt: integer('created_at').notNull(),
    seenAt: integer('seen_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    from: text('came_from'),
    agent: text(),
  },
  (t) => [primaryKey({ columns: [t.space, t.id] })],
);
