import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, codes, event, order, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, 60_000);
afterAll(() => shop.stop());

interface Name {
  readonly namespace: string;
  readonly value: string;
}
interface Graph {
  readonly profile: string;
  readonly state: string;
  readonly identities: readonly (Name & {
    readonly trust: string;
    readonly state: string;
    readonly events: number;
    readonly claims: readonly Name[];
    readonly consent: readonly { readonly purpose: string; readonly choice: string; readonly at: string | null }[];
  })[];
  readonly links: readonly {
    readonly a: Name;
    readonly b: Name;
    readonly verifiedAt: { readonly at: string; readonly seq: number | null; readonly source: string | null } | null;
  }[];
  readonly attributes: Readonly<Record<string, unknown>>;
}
interface Change {
  readonly done: boolean;
  readonly dryRun: boolean;
  readonly profiles: readonly (readonly Name[])[];
  readonly removed: readonly { readonly a: Name; readonly b: Name }[];
  readonly refused: string | null;
}
interface Failed {
  readonly errors?: readonly { readonly code: string }[];
}
interface Certificate {
  readonly request: string;
  readonly finishedAt: string | null;
  readonly deleted: Readonly<Record<string, number>>;
  readonly remains: readonly { readonly where: string; readonly until: string | null }[];
}

const operator = async <T>(method: string, path: string, body?: object): Promise<Answer<T>> =>
  (await shop.send(`/v1/admin/people${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    ...(body ? { body } : {}),
  })) as unknown as Answer<T>;
const find = async ({ namespace, value }: Name) =>
  operator<Graph>('GET', `?namespace=${namespace}&value=${encodeURIComponent(value)}`);
const customer = (value: string): Name => ({ namespace: 'customer', value });
const email = (value: string): Name => ({ namespace: 'email', value });
const names = (graph: Pick<Graph, 'identities'>) =>
  graph.identities
    .filter(({ state }) => state === 'owned')
    .map(({ namespace, value }) => `${namespace}:${value}`)
    .sort();
const groups = (change: Change) => change.profiles.map((group) => group.map(({ value }) => value).sort()).sort();
/** Who said each link, by the namespaces that it joins. */
const saidBy = ({ links }: Graph) =>
  Object.fromEntries(
    links.map(({ a, b, verifiedAt }) => [[a.namespace, b.namespace].sort().join('+'), verifiedAt?.source]),
  );
const because = { reason: 'two accounts of one person' };

/** A server names several ids in one event. */
const said = (identities: readonly Name[], one = event('profile.updated', { attributes: { tier: 'gold' } })) =>
  shop.server({ events: [{ ...one, identities }] });

/** A person with an e-mail address, each with an event of its own. */
async function couple(): Promise<readonly [Name, Name]> {
  const [who, mail] = [customer(unique('c')), email(`${unique('m')}@example.com`)];
  const answer = await shop.server({
    events: [
      { ...order(), identities: [who, mail] },
      { ...viewed('letter'), identities: [mail] },
    ],
  });
  expect(answer.body.accepted).toBe(2);
  return [who, mail];
}

describe('somebody is looked up', () => {
  it('by any of their identities, with trust, times and claims', async () => {
    const [who, mail] = await couple();
    const visitor = shop.visitor('strict');
    const consent = { personalization: 'in', analytics: 'in' };
    await visitor.interact({ consent, events: [viewed('p1', { identities: [email('claimed@example.com')] })] });
    await visitor.interact({ proof: await shop.prove(who.value, { aud: 'strict' }), events: [event('signed.in')] });
    const [byWho, byMail] = [await find(who), await find(mail)];
    expect(byWho.status).toBe(200);
    expect(byMail.body).toEqual(byWho.body);
    expect(byWho.body.identities.map(({ namespace }) => namespace).sort()).toEqual(['customer', 'device', 'email']);
    expect(byWho.body.links).toHaveLength(2);
    expect(byWho.body.links.every(({ verifiedAt }) => verifiedAt !== null)).toBe(true);
    // The event of a server of one source, and the proof that a page of another gave.
    expect(saidBy(byWho.body)).toEqual({ 'customer+email': 'web', 'customer+device': 'strict' });
    const device = byWho.body.identities.find(({ namespace }) => namespace === 'device');
    expect(device?.claims).toEqual([email('claimed@example.com')]);
    expect((await find(device as Name)).body.profile).toBe(byWho.body.profile);
    // Somebody's claim names nobody.
    expect((await find(email('claimed@example.com'))).status).toBe(404);
  });

  it('with who said each link, also in the export', async () => {
    const [who, loyalty] = [customer(unique('c')), { namespace: 'loyalty', value: unique('l') }];
    await said([who, loyalty], event('identity.linked', { source: 'crm-export' }));
    const { body } = await find(who);
    expect(saidBy(body)).toEqual({ 'customer+loyalty': 'import:web' });
    const page = await operator<{ readonly person: Graph }>('GET', `/export?namespace=customer&value=${who.value}`);
    expect(page.body.person.links).toEqual(body.links);
  });

  it('or is not there, and looking makes nobody', async () => {
    const before = await shop.objects('PROFILE');
    expect((await find(customer(unique('nobody')))).status).toBe(404);
    expect(await shop.objects('PROFILE')).toBe(before);
    expect((await operator('GET', '')).problem).toBe('badRequest');
    expect((await operator('GET', '?namespace=shoe&value=42')).problem).toBe('badRequest');
  });
});

describe('a link', () => {
  it('is shown before it is made, and undone gives both sides what was theirs', async () => {
    const [a, mailA] = await couple();
    const lone = email(`${unique('lone')}@example.com`);
    await said([lone], viewed('theirs'));
    const ask = (path: string, more: object = {}) =>
      operator<Change>('POST', path, { a, b: lone, ...because, ...more });
    const preview = await ask('/link', { dryRun: true });
    expect([preview.status, preview.body.done, groups(preview.body)]).toEqual([
      200,
      false,
      [[a.value, mailA.value, lone.value].sort()],
    ]);
    expect(names((await find(a)).body)).toHaveLength(2);
    expect((await ask('/link')).body).toMatchObject({ done: true, refused: null });
    const whole = (await find(lone)).body;
    expect(names(whole)).toEqual([`customer:${a.value}`, `email:${lone.value}`, `email:${mailA.value}`].sort());
    // What an operator says has no order of arrival.
    expect(whole.links.map(({ verifiedAt }) => verifiedAt?.seq === null).sort()).toEqual([false, true]);
    expect(whole.links.map(({ verifiedAt }) => verifiedAt?.source).sort()).toEqual(['operator', 'web']);
    const undone = await ask('/unlink');
    expect([undone.body.done, undone.body.removed]).toEqual([true, [{ a: expect.anything(), b: expect.anything() }]]);
    expect(names((await find(a)).body)).toEqual([`customer:${a.value}`, `email:${mailA.value}`].sort());
    const left = (await find(lone)).body;
    expect([names(left), left.identities[0]?.events]).toEqual([[`email:${lone.value}`], 1]);
    expect((await ask('/unlink')).status).toBe(404);
  });

  it('of two people is refused, with nothing done; of somebody with themselves, or with nobody, too', async () => {
    const [[a], [b]] = [await couple(), await couple()];
    const both = await operator<Change>('POST', '/link', { a, b, ...because });
    expect(both.body).toMatchObject({ done: false, refused: 'conflict' });
    expect(names((await find(a)).body)).toHaveLength(2);
    const self = await operator<Failed>('POST', '/link', { a, b: a, ...because });
    expect([self.problem, self.body.errors?.[0]?.code]).toEqual(['invalid', 'sameIdentity']);
    expect((await operator('POST', '/link', { a, b: customer(unique('no')), ...because })).status).toBe(404);
    expect((await operator('POST', '/link', { a, b, reason: '' })).problem).toBe('invalid');
    const blocked = await operator<Failed>('POST', '/link', { a, b: email('null'), ...because });
    expect(blocked.body.errors?.[0]?.code).toBe('blockedIdentity');
  });

  it('ends for one identity with a split', async () => {
    const [who, mail] = await couple();
    const done = await operator<Change>('POST', '/split', { identities: [mail], ...because });
    expect([done.body.done, groups(done.body)]).toEqual([true, [[mail.value], [who.value]].sort()]);
    expect(names((await find(who)).body)).toEqual([`customer:${who.value}`]);
    expect(names((await find(mail)).body)).toEqual([`email:${mail.value}`]);
  });
});

describe('erasure', () => {
  const erase = (body: object) => operator<Certificate>('POST', '/erase', { reason: 'asked to be forgotten', ...body });
  const finished = async (request: string) => {
    for (let i = 0; i < 50; i++) {
      const answer = await operator<Certificate>('GET', `/erasures/${request}`);
      if (answer.body.finishedAt) return answer.body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the erasure does not end');
  };

  it('of a person leaves nothing behind, drops what comes late, and lets them come back as somebody new', async () => {
    const [who, mail] = await couple();
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p1')] });
    await visitor.interact({ proof: await shop.prove(who.value), events: [event('signed.in')] });
    const before = (await find(who)).body;
    const late = order();
    const request = unique('erase-person');
    const answer = await erase({ ...who, request });
    expect(answer.status).toBe(200);
    const certificate = await finished(request);
    expect(certificate.deleted).toMatchObject({ identities: 3, events: 4 });
    expect(certificate.remains.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['archive', 'queues', 'receipts of answers', 'audit']),
    );
    for (const one of [who, mail]) expect((await find(one)).status).toBe(404);
    expect(
      await shop.inProfiles(`SELECT id FROM fact WHERE body LIKE '%${who.value}%' OR body LIKE '%${mail.value}%'`),
    ).toEqual([]);
    // Made before the erasure, sent after it.
    const again = await said([who, mail], late);
    expect(codes(again)).toEqual({ 0: 'erased' });
    const fresh = { ...order(), occurredAt: new Date(Date.now() + 1000).toISOString() };
    expect((await said([who], fresh)).body.accepted).toBe(1);
    const after = (await find(who)).body;
    expect(after.profile).not.toBe(before.profile);
    expect(after.identities.reduce((sum, { events }) => sum + events, 0)).toBe(1);
    // The same request again says the same, and does not hit the one who came after.
    expect((await erase({ ...who, request })).body.finishedAt).toBe(certificate.finishedAt);
    expect((await find(who)).body.profile).toBe(after.profile);
    expect((await visitor.interact({ events: [viewed('p2', { occurredAt: fresh.occurredAt })] })).body).toMatchObject({
      accepted: 1,
      visitor: { state: 'anonymous' },
    });
  });

  it('of one identity leaves the person', async () => {
    const [who, mail] = await couple();
    const request = unique('erase-id');
    await erase({ ...mail, scope: 'identity', request });
    await finished(request);
    expect((await find(mail)).status).toBe(404);
    expect(names((await find(who)).body)).toEqual([`customer:${who.value}`]);
  });

  it('of one id leaves its name nowhere, also not with the device that it was signed in on', async () => {
    const [who, mail] = [customer(unique('named')), email(`${unique('named')}@example.com`)];
    await said([who, mail]);
    const visitor = shop.visitor();
    await visitor.interact({ proof: await shop.prove(who.value), events: [event('signed.in'), viewed('p1')] });
    expect(names((await find(mail)).body)).toContain(`customer:${who.value}`);
    const hex = Buffer.from(who.value).toString('hex').toUpperCase();
    const held = async () =>
      (await shop.inProfiles<{ hex: string }>('SELECT hex(bytes) AS hex FROM state')).filter((page) =>
        page.hex.includes(hex),
      ).length;
    expect(await held()).toBeGreaterThan(0);
    const request = unique('erase-named');
    await erase({ ...who, scope: 'identity', request });
    await finished(request);
    await expect.poll(held).toBe(0);
  });

  it('with suppression blocks the value from then on', async () => {
    const [who, mail] = await couple();
    const request = unique('erase-sup');
    await erase({ ...who, suppress: true, request });
    await finished(request);
    const fresh = { ...order(), occurredAt: new Date(Date.now() + 1000).toISOString() };
    expect(codes(await said([who], fresh))).toEqual({ 0: 'blockedIdentity' });
    expect((await find(mail)).status).toBe(404);
  });

  it('with suppression blocks also an id whose value tells where it is born', async () => {
    const fresh = () => ({ occurredAt: new Date(Date.now() + 1000).toISOString() });
    const suppress = async (who: Name) => {
      const request = unique('erase-sup');
      await erase({ ...who, scope: 'identity', suppress: true, request });
      await finished(request);
    };
    const anonymous = { namespace: 'anonymous', value: unique('client') };
    await said([anonymous], viewed());
    await suppress(anonymous);
    expect(codes(await said([anonymous], viewed('p2', fresh())))).toEqual({ 0: 'blockedIdentity' });
    const who = customer(unique('c'));
    expect((await said([who, anonymous], viewed('p3', fresh()))).body.accepted).toBe(1);
    expect(names((await find(who)).body)).toEqual([`customer:${who.value}`]);
    expect((await shop.decide({ identity: anonymous, include: ['recent'] })).body).toMatchObject({ recent: [] });

    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed()] });
    const { profile } = (await shop.decide({ visitor: visitor.token, include: ['profile'] })).body;
    await suppress(profile?.identities[0] as Name);
    const answer = await visitor.interact({ events: [viewed('p4', fresh())], placements: ['plain'] });
    expect([answer.status, codes(answer), answer.body.propositions?.length]).toEqual([
      200,
      { 0: 'blockedIdentity' },
      1,
    ]);
    for (const erased of [anonymous, profile?.identities[0] as Name]) expect((await find(erased)).status).toBe(404);
  });

  it('takes no name of a request that was about somebody else, or about something else', async () => {
    const [[one], [other]] = [await couple(), await couple()];
    const request = unique('ticket');
    await erase({ ...one, request });
    await finished(request);
    expect((await erase({ ...other, request })).problem).toBe('conflict');
    expect((await erase({ ...one, request, suppress: true })).problem).toBe('conflict');
    expect((await find(other)).status).toBe(200);
    expect((await erase({ ...one, request })).status).toBe(200);
  });

  it('of nobody is told so', async () => {
    expect((await erase(customer(unique('no')))).status).toBe(404);
    expect((await erase({})).problem).toBe('invalid');
    expect((await operator('GET', '/erasures/er-unknown-1')).status).toBe(404);
  });
});

describe('export', () => {
  it('has everything, page by page, and nobody who was erased', async () => {
    const [who] = await couple();
    interface Page {
      readonly person: Graph | null;
      readonly events: readonly { readonly type: string }[];
      readonly next: string | null;
    }
    const page = await operator<Page>('GET', `/export?namespace=customer&value=${who.value}`);
    expect(page.body.person?.identities).toHaveLength(2);
    expect(page.body.events.map(({ type }) => type).sort()).toEqual(['order.placed', 'product.viewed']);
    expect(page.body.next).toBeNull();
    await shop.server({
      events: [event('consent.updated', {}, { identities: [who] })],
      consent: { analytics: 'in', advertising: 'out' },
    });
    const chosen = await operator<Page>('GET', `/export?namespace=customer&value=${who.value}`);
    const { consent } = chosen.body.person?.identities.find(({ namespace }) => namespace === 'customer') ?? {};
    expect(consent?.map(({ purpose, choice }) => [purpose, choice]).sort()).toEqual([
      ['advertising', 'out'],
      ['analytics', 'in'],
    ]);
    expect((await operator('GET', `/export?namespace=customer&value=${unique('no')}`)).status).toBe(404);
    const [gone] = await couple();
    const { profile } = (await find(gone)).body;
    const request = unique('erase-exported');
    await operator('POST', '/erase', { ...gone, request, reason: 'asked to be forgotten' });
    await expect
      .poll(async () => (await operator<Certificate>('GET', `/erasures/${request}`)).body.finishedAt)
      .not.toBeNull();
    expect((await operator('GET', `/export?namespace=customer&value=${gone.value}`)).status).toBe(404);
    expect((await operator('GET', `/export?profile=${profile}`)).status).toBe(404);
    expect((await operator('GET', `/export?namespace=customer&value=${who.value}&after=bad`)).problem).toBe(
      'badRequest',
    );
  });
});

it('every look and every change is in the audit, by the opaque id and without a name', async () => {
  const [who, mail] = await couple();
  const { profile } = (await find(who)).body;
  await operator('POST', '/split', { identities: [mail], ...because });
  const audit = (await shop.send('/v1/admin/audit?limit=5', {
    method: 'GET',
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
  })) as unknown as Answer<{
    readonly items: readonly { readonly action: string; readonly subject: string; readonly note: string | null }[];
  }>;
  expect(audit.body.items.slice(0, 2).map(({ action, subject, note }) => [action, subject, note])).toEqual([
    ['split', profile, because.reason],
    ['viewed', profile, null],
  ]);
  expect(audit.text).not.toContain(who.value);
});

it('what finds nobody to be done to is in the audit as well', async () => {
  const [[who, mail], nobody] = [await couple(), customer(unique('no'))];
  const [third] = await couple();
  const { profile } = (await find(who)).body;
  await operator('POST', '/link', { a: who, b: who, ...because });
  await operator('POST', '/unlink', { a: who, b: nobody, ...because });
  await operator('POST', '/unlink', { a: mail, b: third, ...because });
  await operator('POST', '/erase', { ...nobody, ...because });
  await operator('GET', `/export?namespace=customer&value=${nobody.value}`);
  const audit = (await shop.send('/v1/admin/audit?limit=10', {
    method: 'GET',
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
  })) as unknown as Answer<{
    readonly items: readonly { readonly action: string; readonly subject: string; readonly note: string | null }[];
  }>;
  const told = audit.body.items.map(({ action, subject, note }) => [action, subject, note]);
  expect(told.slice(0, 3)).toEqual([
    ['failed', 'nobody', 'exported: notFound'],
    ['failed', 'nobody', `erased: notFound; ${because.reason}`],
    ['viewed', expect.stringMatching(/^prf_/), because.reason],
  ]);
  expect(told).toContainEqual(['viewed', profile, because.reason]);
  expect(told).toContainEqual(['failed', 'nobody', `unlinked: notFound; ${because.reason}`]);
  expect(told).toContainEqual(['failed', 'nobody', `linked: sameIdentity; ${because.reason}`]);
  expect(audit.text).not.toContain(nobody.value);
});
