import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limit } from '../../../core/lib/limits.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { demoConfig } from '../../../db/seed/demo-config.ts';
import {
  type AdminHarness,
  fillDrafts,
  type Operator,
  PLACEMENT,
  SEGMENT,
  SOURCE,
  startAdminHarness,
} from '../../support/admin-harness.ts';

let harness: AdminHarness;
beforeAll(async () => {
  harness = await startAdminHarness();
});
afterAll(() => harness.stop());

const SECRET = 'correct-horse-battery-staple-0123456789';
interface Entry {
  readonly kind: ResourceKind;
  readonly resource: Readonly<Record<string, unknown>> & { readonly id: string };
}
interface Archive {
  readonly format: number;
  readonly space: string;
  readonly exportedAt: string;
  readonly resources: readonly Entry[];
  readonly leftOut: readonly unknown[];
}
interface Imported {
  readonly dryRun: boolean;
  readonly changeSet: string | null;
  readonly items: readonly {
    readonly kind: string;
    readonly id: string;
    readonly outcome: string;
    readonly errors: readonly { readonly pointer: string; readonly code: string }[];
    readonly notes: readonly string[];
  }[];
}

const exported = async (operator: Operator) => (await operator.call('GET', '/export')).body as unknown as Archive;
async function imported(operator: Operator, archive: object, query = '?into=drafts'): Promise<Imported> {
  const answer = await operator.call('POST', `/import${query}`, archive);
  expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
  return answer.body as unknown as Imported;
}
const outcomes = ({ items }: Imported) => items.map(({ kind, id, outcome }) => `${outcome} ${kind} ${id}`);
const archiveOf = (...resources: readonly unknown[]) => ({ format: 1, resources });

/** What a space may say of itself: its name, when, and the write keys that begin with its name. */
function common({ resources, leftOut }: Archive): object {
  return {
    leftOut,
    resources: resources.map(({ kind, resource: { writeKeys: _, ...rest } }) => ({ kind, resource: rest })),
  };
}

/** The shop of the demo, with a word about each of its resources. */
async function fillDemo(operator: Operator): Promise<void> {
  const secrets = { writeKey: `wk_${operator.space}.abcdefgh12`, importWriteKey: `wk_${operator.space}.import1234` };
  const demo = demoConfig({ ...secrets, proofSecret: SECRET }, ['https://shop.example']);
  for (const kind of RESOURCE_KINDS) {
    const all = (demo as unknown as Readonly<Record<string, readonly { readonly id: string }[]>>)[KINDS[kind].plural];
    for (const [i, each] of (all ?? []).entries()) {
      const notes = { description: `The ${i}. "${kind}"\n<b>`, folder: `demo/${kind}`, owner: 'ada' };
      const put = await operator.call('PUT', `/${KINDS[kind].plural}/${each.id}`, { ...each, ...notes });
      expect([kind, each.id, put.status, put.body.errors]).toEqual([kind, each.id, 201, undefined]);
    }
  }
}

describe('an archive', () => {
  it('of a whole shop makes the same shop of an empty space, and then changes nothing any more', {
    timeout: 120_000,
  }, async () => {
    const [one, other] = [await harness.newSpace(), await harness.newSpace()];
    await fillDemo(one);
    await one.call('PUT', '/placements/gone', { ...PLACEMENT, id: 'gone' });
    await one.call('DELETE', '/placements/gone');
    const archive = await exported(one);
    expect(archive).toMatchObject({ format: 1, space: one.space });
    expect(archive.resources.length).toBeGreaterThan(30);
    expect(archive.resources.some(({ resource }) => resource.id === 'gone')).toBe(false);
    expect(JSON.stringify(archive)).not.toContain(SECRET);
    expect(JSON.stringify(archive)).not.toContain('secretEncrypted');

    const done = await imported(other, archive);
    expect(done.items.filter(({ outcome }) => outcome !== 'created')).toEqual([]);
    const again = await exported(other);
    const secretsOf = ({ leftOut }: Archive) => leftOut.length;
    expect(secretsOf(archive)).toBeGreaterThan(0);
    // Secrets are all that an archive cannot bring.
    const unsealed = archive.resources.map(({ kind, resource }) =>
      kind === 'source' ? { kind, resource: { ...resource, proofKeys: [] } } : { kind, resource },
    );
    expect(common(again)).toEqual(common({ ...archive, resources: unsealed, leftOut: [] }));
    expect((await other.call('POST', '/publish')).body).toMatchObject({ sequence: 1 });

    for (const into of [one, other]) {
      const same = await imported(into, await exported(into));
      expect(same.items.filter(({ outcome }) => outcome !== 'same')).toEqual([]);
    }
    const audit = (await one.call('GET', '/audit?limit=1')).body.items;
    await imported(one, archive);
    expect((await one.call('GET', '/audit?limit=1')).body.items).toEqual(audit);
  });

  it('goes into a change set, which is no draft', async () => {
    const [one, other] = [await harness.newSpace(), await harness.newSpace()];
    await fillDrafts(one);
    const done = await imported(other, await exported(one), '');
    expect(done.changeSet).toEqual(expect.any(String));
    expect((await other.call('GET', '/resources')).body.items).toEqual([]);
    const set = (await other.call('GET', `/change-sets/${done.changeSet}`)).body as unknown as { items: unknown[] };
    expect(set.items).toHaveLength(5);
  });

  it('is tried without a trace', async () => {
    const [one, other] = [await harness.newSpace(), await harness.newSpace()];
    await fillDrafts(one);
    await other.call('PUT', '/segments/gold', { ...SEGMENT, name: 'Other' });
    await other.call('PUT', '/placements/hero', PLACEMENT);
    const tried = await imported(other, await exported(one), '?dryRun=true');
    expect(tried).toMatchObject({ dryRun: true, changeSet: null });
    expect(outcomes(tried)).toEqual([
      'created attribute loyaltyTier',
      'created offer gift',
      'same placement hero',
      'updated segment gold',
      'created source web',
    ]);
    expect((await other.call('GET', '/audit')).body.items).toHaveLength(2);
  });

  it('takes back what was archived, and leaves alone what it does not name', async () => {
    const operator = await harness.newSpace();
    await fillDrafts(operator);
    const archive = await exported(operator);
    await operator.call('DELETE', '/offers/gift');
    await operator.call('PUT', '/placements/other', { ...PLACEMENT, id: 'other' });
    expect(outcomes(await imported(operator, archive)).filter((each) => !each.startsWith('same'))).toEqual([
      'updated offer gift',
    ]);
    expect((await operator.call('GET', '/resources')).body.items).toHaveLength(6);
  });
});

describe('sources in an archive', () => {
  it('keep the keys that they have, and bring no secret', async () => {
    const [one, other] = [await harness.newSpace(), await harness.newSpace()];
    const proofKeys = [{ kid: 'k1', alg: 'HS256', secret: SECRET }];
    const made = await one.call('PUT', '/sources/web', { ...SOURCE, proofKeys });
    await one.call('POST', '/sources/web/server-keys');
    const archive = await exported(one);
    expect(archive.leftOut).toEqual([
      { kind: 'source', id: 'web', what: 'secret of proof key k1' },
      { kind: 'source', id: 'web', what: 'server keys' },
    ]);
    expect(outcomes(await imported(one, archive))).toEqual(['same source web']);
    const [web] = (await imported(other, archive)).items;
    expect(web).toMatchObject({
      outcome: 'created',
      notes: ['it got a write key of this space', 'proof key k1 is left out: an archive holds no secrets'],
    });
    const { resource } = (await other.call('GET', '/sources/web')).body;
    expect(resource).toMatchObject({ proofKeys: [], serverKeyHashes: [] });
    expect(resource.writeKeys).not.toEqual(made.body.resource.writeKeys);
    // Who has a secret may write it into the archive.
    const entry = archive.resources[0] as Entry;
    const told = archiveOf({ kind: 'source', resource: { ...entry.resource, proofKeys } });
    expect(outcomes(await imported(other, told))).toEqual(['updated source web']);
    expect(outcomes(await imported(other, told))).toEqual(['same source web']);
  });

  it('are for those alone who hold credentials', async () => {
    const owner = await harness.newSpace();
    await fillDrafts(owner);
    const archive = await exported(owner);
    const tokenOf = async (name: string, more: object) =>
      harness.as((await owner.call('POST', '/operators', { name, ...more })).body.token);
    const editor = await tokenOf('ed', { role: 'editor' });
    const changed = archive.resources.map(({ kind, resource }) => ({ kind, resource: { ...resource, folder: 'x' } }));
    expect(outcomes(await imported(editor, archiveOf(...changed)))).toEqual([
      'updated attribute loyaltyTier',
      'updated offer gift',
      'updated placement hero',
      'updated segment gold',
      'refused source web',
    ]);
    expect((await owner.call('GET', '/sources/web')).body).toMatchObject({ version: 1 });
    const narrow = await tokenOf('narrow', { role: 'editor', scopes: ['resources', 'offers'] });
    expect(
      outcomes(await imported(narrow, archiveOf(...archive.resources))).filter((each) => !/^refused/.test(each)),
    ).toEqual(['updated offer gift']);
    const viewer = await tokenOf('vi', { role: 'viewer' });
    expect((await viewer.call('POST', '/import', archive)).status).toBe(403);
    expect((await viewer.call('GET', '/export')).status).toBe(200);
  });
});

describe('an archive that does not fit', () => {
  it('is told entry by entry, and what fits goes through', async () => {
    const operator = await harness.newSpace();
    const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as unknown;
    const done = await imported(
      operator,
      archiveOf(
        { kind: 'placement', resource: PLACEMENT },
        { kind: 'placement', resource: PLACEMENT },
        { kind: 'placement', resource: { ...PLACEMENT, id: 'Bad Id' } },
        { kind: 'placement', resource: { ...PLACEMENT, id: 'surprise', surprise: 1 } },
        { kind: 'placement', resource: { ...PLACEMENT, id: 'deep', fallback: deep } },
        {
          kind: 'placement',
          resource: { ...PLACEMENT, id: 'large', fallback: ['x'.repeat(200_000), 'x'.repeat(100_000)] },
        },
        { kind: 'segment', resource: { ...SEGMENT, rule: 'a and' } },
        { kind: 'segment', resource: 'gold' },
        { kind: 'segment', resource: null },
      ),
    );
    expect(done.items.map(({ id, outcome, errors }) => [id, outcome, errors[0]?.code, errors[0]?.pointer])).toEqual([
      ['hero', 'created', undefined, undefined],
      ['hero', 'refused', 'duplicate', '/id'],
      ['Bad Id', 'refused', 'invalid', '/id'],
      ['surprise', 'refused', 'unknownField', '/surprise'],
      ['deep', 'refused', 'tooDeep', expect.stringMatching(/^\/fallback\/0/)],
      ['large', 'refused', 'tooLarge', ''],
      ['gold', 'refused', 'syntax', '/rule'],
      ['', 'refused', 'type', ''],
      ['', 'refused', 'type', ''],
    ]);
    expect((await operator.call('GET', '/resources')).body.items).toHaveLength(1);
  });

  it('reaches no prototype', async () => {
    const operator = await harness.newSpace();
    const text = JSON.stringify(archiveOf({ kind: 'placement', resource: { ...PLACEMENT, fallback: 'HERE' } }));
    const done = await imported(operator, JSON.parse(text.replace('"HERE"', '{"constructor":{"a":1}}')) as object);
    expect(done.items[0]).toMatchObject({ outcome: 'refused', errors: [{ code: 'forbiddenKey' }] });
  });

  it.each([
    ['of another format', { format: 2, resources: [] }, '/format'],
    [
      'of a kind that is none',
      archiveOf({ kind: 'operator', resource: { id: 'eve', role: 'owner' } }),
      '/resources/0/kind',
    ],
    [
      'with more than it may have',
      archiveOf(...Array.from({ length: limit('importResources') + 1 }, () => ({ kind: 'offer', resource: {} }))),
      '/resources',
    ],
    ['with members that it has not', { ...archiveOf(), operators: [] }, '/operators'],
  ])('is refused: %s', async (_, archive, pointer) => {
    const operator = await harness.newSpace();
    expect(await operator.call('POST', '/import', archive)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });

  it('is refused: larger than it may be', async () => {
    const operator = await harness.newSpace();
    const large = JSON.stringify(archiveOf({ kind: 'placement', resource: 'x'.repeat(limit('importBytes')) }));
    expect((await operator.call('POST', '/import', large)).status).toBe(413);
  });
});
