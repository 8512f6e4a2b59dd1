import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Front, startFront, stateOf } from './front.ts';

const ITEMS = [
  {
    id: 'p1',
    title: '<script>alert(1)</script> & "co"',
    url: 'https://shop.test/p1?a=1&b=2',
    image: '/p1.svg',
    price: 79.5,
    attributes: { colour: 'moss' },
  },
  { id: 'p"2', title: "it's", url: 'javascript:alert(1)', image: ' java\nscript:alert(2)', price: 5 },
  'not an item',
];

let front: Front;
let html: string;
beforeAll(async () => {
  front = await startFront();
  const offer = (placement: string, content: unknown) => ({
    name: placement,
    placements: [placement],
    purpose: 'necessary',
    content,
  });
  await front.publish([
    ['placements/picks', { name: 'Picks', kind: 'list', fallback: { items: [] } }],
    ['placements/none', { name: 'None', kind: 'list', fallback: null }],
    ['placements/pair', { name: 'Pair', kind: 'html', fallback: '', count: 2 }],
    ['offers/picked', offer('picks', { items: ITEMS })],
    ['offers/pair-a', { ...offer('pair', '<p>a</p>'), priority: 2 }],
    ['offers/pair-b', { ...offer('pair', '<p>b</p>'), priority: 1 }],
  ]);
  html = await (await front.get('/lists')).text();
}, 90_000);
afterAll(() => front.stop());

const rowsOf = (from: string, to: string) => html.split('</template>')[1]?.split(from)[0]?.split(to) ?? [];

it('a list is a row for each item, behind the template of one row', () => {
  const [first = '', second = '', third = ''] = rowsOf('</div>', '</script>');
  expect(first).toBe(
    `<a class="card" href="https://shop.test/p1?a=1&amp;b=2" title="&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot; &quot;here&quot;" data-id="p1"><img src="/p1.svg" alt=""/><b>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;</b>
 €79.50, moss </a><a href="/find?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E%20%26%20%22co%22">more<br/></a><script>"{{title}}"`,
  );
  // An address that is none of the web is left out, and so is everything that the item does not have.
  expect(second).toContain('<a class="card" title="it&#39;s &quot;here&quot;" data-id="p&quot;2"><img alt=""/>');
  expect(second).toContain('€5.00,  </a>');
  expect(third).toContain('<a class="card" title=" &quot;here&quot;"><img alt=""/><b></b>');
});

it('what stands around the rows stays; what is shown without rows goes, and so does `hidden`', () => {
  expect(html).toMatch(
    /<section data-selvedge="picks" data-selvedge-rendered="picked" data-selvedge-proposition="prp_[^"]+"><h2>Picked<\/h2>/,
  );
  expect(html).toContain('</div><p>stays</p></section>');
  expect(html.split('<ul')[0]).not.toContain('Nothing');
});

it('in a table too, and the same list in a second place', () => {
  expect(html).toMatch(/<\/template><tr><td>p1<\/td><\/tr><tr><td>p&quot;2<\/td><\/tr><tr><td><\/td><\/tr><\/tbody>/);
});

it('without items the place is as the page had it', () => {
  expect(html).toMatch(
    /<ul data-selvedge="none" hidden(="")? data-selvedge-rendered="fallback"[^>]*><template data-selvedge-row><li>\{\{title\}\}<\/li><\/template><li data-selvedge-fallback>Nothing yet<\/li><\/ul>/,
  );
});

it('a placement of several offers shows them one after the other', () => {
  expect(html).toMatch(
    /<div data-selvedge="pair" data-selvedge-rendered="pair-a pair-b" data-selvedge-proposition="prp_\S+_2 prp_\S+_2_1"><p>a<\/p><p>b<\/p><\/div>/,
  );
});

it('the SDK finds the items in the state', () => {
  const picks = stateOf(html).propositions.find(({ placement }: { placement: string }) => placement === 'picks');
  expect(picks).toMatchObject({ kind: 'list', content: { items: ITEMS } });
});
