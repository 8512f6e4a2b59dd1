import { readFileSync } from 'node:fs';
import { configure } from './configuration.ts';
import { startLoader } from './load.ts';
import { measure, runOnce, type Side } from './measure.ts';
import { startProduct, startFloor } from './servers.ts';
const rounds = Number(process.env.ROUNDS ?? 6), count = Number(process.env.COUNT ?? 384);
const name = (process.env.CASE ?? 'warm') as 'warm';
const loader = startLoader(); const sides: Side[] = [], products = [];
for (const arg of process.argv.slice(2)) {
  const [label = '', path = '', log = 'errors'] = arg.split('=');
  const p = await startProduct({ path, bytes: 0, gzipBytes: 0, remove: async () => {} }, log as 'errors'); products.push(p);
  sides.push({ label, server: p, visitors: [], serverKey: p.serverKey });
}
const s0 = await runOnce(loader, sides[0]!, { name: 'seed', count: 1, connections: 1 });
const w0 = await runOnce(loader, { ...sides[0]!, visitors: s0.tokens }, { name, count: 1, connections: 1 });
const h = Object.fromEntries(Object.entries(w0.sample.headers).filter(([k]) => !['date','content-length','connection','keep-alive','transfer-encoding'].includes(k)));
const floor = await startFloor({ [name]: { body: w0.sample.body, headers: h }, seed: { body: w0.sample.body, headers: h } });
const ready: Side[] = [];
for (const s of sides) { const t = name === ('first' as string) ? [] : (await runOnce(loader, s, { name: 'seed', count: 192, connections: 16 })).tokens; ready.push({ ...s, visitors: t }); }
ready.push({ label: 'floor', server: floor.floor, visitors: ready[0]!.visitors, serverKey: '' });
for (const s of ready) await runOnce(loader, s, { name, count: 192, connections: 16 });
const t0 = Date.now();
const r = await measure(loader, ready, { name, rounds, count, connections: 16 });
const f = r.get('floor')!.perSecond;
for (const [l, m] of r) console.log(l.padEnd(14), m.perSecond.toFixed(0).padStart(6), (m.perSecond / f).toFixed(3), 'p50', m.p50Ms.toFixed(2), 'cpu', m.cpuMs.toFixed(3));
console.log('took', Date.now() - t0);
loader.stop(); for (const p of products) await p.platform.stop(); await floor.stop(); process.exit(0);
