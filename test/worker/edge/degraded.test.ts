import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildSdkText, ROOT } from '../../../dev/build.ts';
import { chosen, codes, event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  const outfile = join(ROOT, 'dist/faulty-worker.js');
  await buildSdkText();
  await build({
    entryPoints: [join(ROOT, 'test/support/faulty-worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'module', 'import'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.txt': 'text' },
    logLevel: 'warning',
  });
  shop = await startShop({ bundles: { selvedge: outfile } });
});
afterAll(() => shop.stop());

type Fault = 'none' | 'late' | 'silent' | 'broken';
const make = (faults: { readonly profile?: Fault; readonly directory?: Fault }) =>
  shop.send('/faults', { body: faults });
afterEach(() => make({ profile: 'none', directory: 'none' }));

async function knownVisitor() {
  const visitor = shop.visitor('app');
  await visitor.collect({ events: [viewed(), viewed()] });
  return visitor;
}

describe.each(['silent', 'late', 'broken'] as const)('a profile that is %s', (fault) => {
  it('costs the page nothing but the better answer: fallbacks, 200, degraded; events are asked for again', async () => {
    const visitor = await knownVisitor();
    await make({ profile: fault });
    const started = performance.now();
    const answer = await visitor.interact({
      events: [viewed(), { broken: true }, viewed()],
      placements: ['hero', 'tie', 'empty', 'nope'],
    });
    expect(performance.now() - started).toBeLessThan(700);
    expect([answer.status, answer.body.degraded, answer.body.accepted]).toEqual([200, true, 0]);
    expect(chosen(answer)).toEqual({ hero: 'degraded', tie: 'degraded', empty: 'degraded', nope: 'unknownPlacement' });
    expect(answer.body.propositions[0]?.content).toBe('<i>hero</i>');
    expect([...answer.body.refused].sort((a, b) => a.index - b.index).map(({ code }) => code)).toEqual([
      'unavailable',
      'invalid',
      'unavailable',
    ]);
  });

  it('with nothing to show for it is 503 with the time to wait, so that the sender keeps the events', async () => {
    const visitor = await knownVisitor();
    await make({ profile: fault });
    const answer = await visitor.interact({ events: [viewed()] });
    expect([answer.status, answer.problem]).toEqual([503, 'unavailable']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('access-control-allow-origin')).not.toBeNull();
  });

  it('gives a new visitor no token to nowhere', async () => {
    await make({ profile: fault });
    const answer = await shop.visitor('app').interact({ events: [viewed()], placements: ['hero'] });
    expect([answer.body.degraded, answer.body.visitor.token]).toEqual([true, undefined]);
  });

  it('gives a server the fallbacks, whether it asks or tells', async () => {
    const who = { namespace: 'customer', value: unique('c') };
    await shop.server({ events: [viewed('p', { identities: [who] })] });
    await make({ profile: fault });
    const asked = await shop.decide({ identity: who, placements: ['tie'] });
    expect([asked.status, asked.body.degraded, chosen(asked)]).toEqual([200, true, { tie: 'degraded' }]);
    const told = await shop.server(
      { events: [viewed('p', { identities: [who] })], placements: ['tie'] },
      '/v1/interact',
    );
    expect([told.status, told.body.degraded, chosen(told), codes(told)]).toEqual([
      200,
      true,
      { tie: 'degraded' },
      { 0: 'unavailable' },
    ]);
  });

  it('still answers for strangers, who need no profile', async () => {
    await make({ profile: fault });
    const answer = await shop.visitor('app').interact({ placements: ['tie'] });
    expect([answer.body.degraded, chosen(answer)]).toEqual([undefined, { tie: 'tie-a' }]);
  });
});

describe('an answer that came too late', () => {
  it('had stored the events: sent again they are duplicates', async () => {
    const visitor = await knownVisitor();
    const events = [viewed(), viewed()];
    await make({ profile: 'late' });
    await visitor.interact({ events, placements: ['hero'] });
    await make({ profile: 'none' });
    const again = await visitor.collect({ events });
    expect([again.body.accepted, again.body.duplicates]).toEqual([0, events.map(({ id }) => id)]);
  });

  it('is waited for by collect, because nobody waits for collect', async () => {
    const visitor = await knownVisitor();
    await make({ profile: 'late' });
    expect((await visitor.collect({ events: [viewed()] })).body.accepted).toBe(1);
  });
});

describe.each(['broken', 'silent'] as const)('a directory that is %s', (fault) => {
  it('at a login gives fallbacks and asks for the events again', async () => {
    const visitor = shop.visitor('web');
    await visitor.collect({ events: [viewed()] });
    await make({ directory: fault });
    const proof = await shop.prove(unique('c'));
    const answer = await visitor.interact({ proof, events: [event('signed.in')], placements: ['tie'] });
    expect([answer.status, answer.body.degraded, chosen(answer), codes(answer)]).toEqual([
      200,
      true,
      { tie: 'degraded' },
      { 0: 'unavailable' },
    ]);
  });

  it('costs a server batch only the events of that person', async () => {
    await make({ directory: fault });
    const anonymous = { namespace: 'anonymous', value: unique('a') };
    const answer = await shop.server({
      events: [
        viewed('p', { identities: [{ namespace: 'customer', value: unique('c') }] }),
        viewed('p', { identities: [anonymous] }),
      ],
    });
    expect([answer.status, answer.body.accepted, codes(answer)]).toEqual([200, 1, { 0: 'unavailable' }]);
  });

  it('answers a server that asks with fallbacks', async () => {
    await make({ directory: fault });
    const asked = await shop.decide({ identity: { namespace: 'customer', value: unique('c') }, placements: ['tie'] });
    expect([asked.status, asked.body.degraded, chosen(asked)]).toEqual([200, true, { tie: 'degraded' }]);
  });
});

describe('a sign-in with events before it', () => {
  const placements = ['tie'];
  const signIn = async () => {
    const [before, begin, after] = [viewed('before'), event('signed.in'), viewed('after')];
    return { proof: await shop.prove(unique('c')), proofFrom: begin.id, events: [before, begin, after] };
  };

  it.each(['silent', 'late', 'broken'] as const)(
    'waits for a profile that is %s: all of it is asked for again',
    async (fault) => {
      const visitor = shop.visitor('web');
      await visitor.collect({ events: [viewed()] });
      const body = await signIn();
      await make({ profile: fault });
      const answer = await visitor.interact({ ...body, placements });
      expect([answer.status, answer.body.degraded, chosen(answer), codes(answer)]).toEqual([
        200,
        true,
        { tie: 'degraded' },
        { 0: 'unavailable', 1: 'unavailable', 2: 'unavailable' },
      ]);
      const silent = await visitor.collect(body);
      if (fault !== 'late') expect([silent.status, silent.problem]).toEqual([503, 'unavailable']);
      await make({ profile: 'none' });
      const again = await visitor.interact(body);
      expect([again.status, again.body.visitor.state, again.body.refused]).toEqual([200, 'authenticated', []]);
      expect(again.body.accepted + again.body.duplicates.length).toBe(3);
      const { body: seen } = await shop.decide({ visitor: visitor.token, include: ['profile'] });
      expect(seen.profile?.events).toBe(4);
    },
  );

  it('keeps what was before it, and a new visitor, when nobody can say where the person is', async () => {
    const visitor = shop.visitor('web');
    const body = await signIn();
    await make({ directory: 'broken' });
    const answer = await visitor.interact({ ...body, placements });
    expect([answer.body.accepted, answer.body.degraded, chosen(answer), codes(answer)]).toEqual([
      1,
      true,
      { tie: 'degraded' },
      { 1: 'unavailable', 2: 'unavailable' },
    ]);
    expect(visitor.token).not.toBe('');
    // Nothing new is stored, and still it is told what was.
    const told = await visitor.collect(body);
    expect([told.status, told.body.duplicates]).toEqual([200, [body.events[0]?.id]]);
    await make({ directory: 'none' });
    const again = await visitor.interact(body, { 'cf-connecting-ip': '203.0.113.78' });
    expect(again.body).toMatchObject({ accepted: 2, refused: [], visitor: { state: 'authenticated' } });
    expect(again.body.duplicates).toEqual([body.events[0]?.id]);
    const { body: seen } = await shop.decide({ visitor: visitor.token, include: ['profile'] });
    expect(seen.profile?.events).toBe(3);
  });
});
