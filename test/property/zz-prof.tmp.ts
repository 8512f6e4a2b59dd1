import fc from 'fast-check';
import * as A from './segment-engine-arbitraries.ts';
import { compileWorld, EngineProfile, oracleTruths, oracleInput, storable } from './segment-engine-harness.ts';
import { flipsUntil } from '../oracle/changes.ts';
const world = fc.record({ segments: fc.tuple(A.rule([]), A.rule(['s0']), A.rule(['s0', 's1'])).map(([s0, s1, s2]) => ({ s0, s1, s2 })), measures: A.measures, attributes: fc.constantFrom(null, A.DECLARED), timeZone: A.timeZone, scores: A.scores as any });
const N = Number(process.argv[2] ?? 300);
const t: any = { gen: 0, compile: 0, engine: 0, oracle: 0, flipsE: 0, flipsO: 0 };
let s = performance.now(); const lap = (k: string) => { const n = performance.now(); t[k] += n - s; s = n; };
const all = fc.sample(fc.tuple(world, A.profile, fc.array(A.event, { maxLength: 12, size: 'max' }), A.nowInstant), { numRuns: N, seed: 6 }) as any[];
lap('gen');
const count: any = { true: 0, false: 0, null: 0 }; const kinds: any = {}; let segs = 0, flips = 0, flipping = 0;
const kinds2: any = {};
for (const [w, p, e, now] of all) {
  s = performance.now();
  const c = compileWorld(w, now); lap('compile');
  for (const cell of c.engine.program.cells) kinds[cell.kind] = (kinds[cell.kind] ?? 0) + 1;
  for (const g of c.engine.program.predicates) for (const q of g.predicates) kinds2[q.is] = (kinds2[q.is] ?? 0) + 1;
  kinds.segments = (kinds.segments ?? 0) + c.ids.length;
  s = performance.now();
  const person = { attributes: storable(w, p), events: e };
  const en = new EngineProfile(c, person, now); lap('engine');
  for (const x of oracleTruths(c, person, now)) { count[String(x)]++; } lap('oracle');
  if (segs++ < N / 10) { en.advance(A.horizonOf(now)); lap('flipsE'); for (const id of c.ids) { const f = flipsUntil(oracleInput(c, id, person), now, A.horizonOf(now)).length; flips += f; if (f) flipping++; } lap('flipsO'); }
}
for (const k in t) t[k] = t[k].toFixed(0) + 'ms';
console.log(t, count, kinds, kinds2, { flips, flipping, of: N / 10 * 3 });
