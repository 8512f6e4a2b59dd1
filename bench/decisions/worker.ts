import { createDecisionCase, type DecisionCase, runAnswers } from './case.ts';
import { CASES, type SideName } from './side.ts';

/** The benchmark inside of workerd: one request runs one block. Its clock stands still while code runs, so the caller takes the time. */
const cases = new Map<string, DecisionCase>();

// biome-ignore lint/style/noDefaultExport: the module that workerd runs
export default {
  async fetch(request) {
    const query = new URL(request.url).searchParams;
    const name = CASES.find((each) => each === query.get('case'));
    if (!name) return new Response('no such case', { status: 404 });
    const seed = Number(query.get('seed'));
    const key = `${name} ${seed}`;
    const held = cases.get(key) ?? createDecisionCase(name, seed);
    cases.set(key, held);
    const side = held.sides.get(query.get('side') as SideName);
    const sink = side ? runAnswers(side, Number(query.get('answers') ?? 0)) : 0;
    return Response.json({ sink });
  },
} satisfies ExportedHandler;
