import { checkAgreement } from './agreement.ts';
import { createCase } from './cases.ts';
import type { Case } from './side.ts';
import { isCaseName } from './targets.ts';

/** The benchmark inside of workerd: one request runs one block. Its clock stands still while code runs, so the caller takes the time. */
const cases = new Map<string, Case>();

// biome-ignore lint/style/noDefaultExport: the module that workerd runs
export default {
  async fetch(request) {
    const query = new URL(request.url).searchParams;
    const name = query.get('case') ?? '';
    if (!isCaseName(name)) return new Response(`no case ${name}`, { status: 404 });
    const seed = Number(query.get('seed'));
    const key = `${name} ${seed}`;
    const measured = cases.get(key) ?? createCase(name, seed);
    cases.set(key, measured);
    if (query.has('check')) checkAgreement(measured);
    const side = measured.sides.find(({ label }) => label === query.get('side'));
    const operations = Number(query.get('operations') ?? 0);
    let sink = 0;
    for (let left = operations; side && left > 0; ) {
      const { most, run } = side.open();
      const count = Math.min(left, most);
      for (let i = 0; i < count; i++) sink += run(i);
      left -= count;
    }
    return Response.json({ labels: measured.sides.map(({ label }) => label), sink });
  },
} satisfies ExportedHandler;
