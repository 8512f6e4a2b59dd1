import { build } from 'esbuild';
import { launchChromium } from '../../test/e2e/support/chromium.ts';
const text = async (e: string) => (await build({ entryPoints: [`client-sdk/src/${e}.iife.ts`], bundle: true, format: 'iife', target: 'es2022', write: false })).outputFiles[0]!.text;
const CONFIG = { key: 'wk_main.bench', source: 'web', defaultConsent: { analytics: 'in' }, placements: [], sdk: { pageViews: true, endpoint: 'https://edge.test' } };
const code = (await text('visitor-link')) + (await text('dom')) + (await text('early')) + (await text('sdk')).replace('__SELVEDGE_CONFIG__', () => JSON.stringify(CONFIG));
const b = await launchChromium();
const total = new Map<string, number>(); const N = 16;
for (let i = 0; i < N; i++) {
  const c = await b.newContext(); const p = await c.newPage();
  await c.route('**/*', (r) => r.fulfill(r.request().url().includes('shop') ? { contentType: 'text/html', body: `<!doctype html><body><h1 id=title>x</h1><p>${'words '.repeat(200)}</p><script>selvedge = Object.assign((...a) => new Promise((s) => selvedge.q.push([a, s])), { q: [] });${code}; selvedge('track','product.viewed',{productId:'p1'});selvedge('identify','a.b.c');selvedge('decide','tier','none')</script>` } : { status: 200, headers: {'access-control-allow-origin':'https://shop.test','access-control-allow-credentials':'true'}, body: '{"propositions":[{"id":"a","placement":"tier","kind":"value","offer":"o","content":"gold","reason":"eligible"}],"visitor":{"state":"anonymous"},"refused":[]}' }));
  const s = await c.newCDPSession(p); await s.send('Profiler.enable'); await s.send('Profiler.setSamplingInterval', { interval: 50 }); await s.send('Profiler.start');
  await p.goto('https://shop.test/'); await p.waitForTimeout(500);
  const { profile } = await s.send('Profiler.stop') as any;
  const byId = new Map(profile.nodes.map((n: any) => [n.id, n]));
  profile.samples.forEach((id: number, k: number) => { const n: any = byId.get(id); const name = `${n.callFrame.functionName || '(anon)'}:${n.callFrame.lineNumber}`; total.set(name, (total.get(name) ?? 0) + 4 * Math.min(1, (profile.timeDeltas[k + 1] ?? 0) / 1000) / N); });
  await c.close();
}
for (const [k, v] of [...total].sort((a, b) => b[1] - a[1]).slice(0, 36)) console.log(v.toFixed(2), k);
await b.close();
