import { readFileSync } from 'node:fs';
import { compileWorld, EngineProfile, oracleTruths } from './segment-engine-harness.ts';
import { DECLARED } from './segment-engine-arbitraries.ts';
const s = readFileSync(process.argv[2]!, 'utf8').replace(/\x1b\[[0-9;]*m/g, '');
const m = /Caused by: AssertionError: (.*?) ?(2026\S+)? \{\n((?:.|\n)*?)\n\}: expected/.exec(s)!;
const c = JSON.parse('{' + m[3] + '}');
const now = Date.parse(m[2]!);
for (const attributes of [null, DECLARED]) {
  const compiled = compileWorld({ segments: c.segments, measures: c.measures, attributes, timeZone: c.timeZone, scores: {} }, now);
  const person = { attributes: c.profile, events: c.events.map((e: any) => ({ ...e, at: Date.parse(e.at) })) };
  console.log(new EngineProfile(compiled, person, now).truths(), oracleTruths(compiled, person, now));
  if (process.argv[3]) console.log(JSON.stringify({ ...compiled.engine.program, zone: 0, predicates: 0 }, null, 1));
}
