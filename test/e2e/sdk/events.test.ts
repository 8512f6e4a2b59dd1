import { describe, expect, test } from 'vitest';
import type { Seen } from './peer.ts';
import { eventually, kept, useStage } from './stage.ts';

const stage = useStage();

describe('single events', () => {
  test('refused ones are reported and gone; those that found no profile go again', async () => {
    const { peer } = stage;
    const refuse = (call: Seen, code: string) => ({
      body: {
        accepted: 0,
        propositions: [],
        refused: call.body.events?.map((event, index) => ({ index, id: event.id, code, detail: '' })),
      },
    });
    const codes = ['unavailable', 'invalid'];
    peer.script = (call) => {
      const code = call.body.events?.[0]?.type === 'custom.a' && codes.shift();
      return code ? refuse(call, code) : undefined;
    };
    peer.pages.set('/', {
      html: stage.html(`<script>errors=[];selvedge('on','error',(e)=>errors.push(e.kind))</script>`),
    });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    await page.evaluate(() => selvedge('track', 'custom.a', {}));
    await eventually(() => expect(peer.calls()).toHaveLength(3));
    await eventually(async () => expect(await kept(page)).toEqual({}));
    const [first, second] = peer.calls().slice(1);
    expect(second?.body.events?.[0]?.id).toBe(first?.body.events?.[0]?.id);
    expect(await page.evaluate(() => (window as unknown as { errors: unknown }).errors)).toEqual([
      'refused',
      'refused',
    ]);
  });

  test('data is what it was when tracked; what is not JSON is reported and blocks nothing', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await page.evaluate(() => {
      const data: Record<string, unknown> = { n: 1 };
      void selvedge('track', 'custom.a', data);
      data.n = 2;
      data.self = data;
      return Promise.all([selvedge('track', 'custom.loop', data), selvedge('track', 'custom.b', {})]);
    });
    expect(peer.types()).toEqual(['page.viewed', 'custom.a', 'custom.b']);
    expect(peer.stored[1]?.data).toEqual({ n: 1 });
  });
});
