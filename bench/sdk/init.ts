import type { Browser, Route } from 'playwright-core';
import type { Contender } from './contenders.ts';

/** Long enough for every batch and retry timer of a first visit. */
const SETTLE_MS = 2_000;

export interface Init {
  /** CPU of all tasks of the main thread until the page has settled, ms, with the page itself. */
  readonly taskMs: number;
  /** CPU of the script's own statements: parse, compile, run, ms. */
  readonly syncMs: number;
  /** CPU of the longest task, ms. */
  readonly longestMs: number;
  readonly requests: number;
}

const HEADERS = {
  'content-type': 'application/json',
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers': 'content-type',
};

/** Two first visits, the second with a trace, which costs CPU itself. Throws when the SDK did not do what it was asked. Without a contender: the page alone. */
export async function measureInit(browser: Browser, contender: Contender | null): Promise<Init> {
  const { taskMs, requests } = await visit(browser, contender, false);
  const { trace } = await visit(browser, contender, true);
  return { taskMs, requests, ...readTrace(trace) };
}

interface Visit extends Pick<Init, 'taskMs' | 'requests'> {
  readonly trace: string;
}

/** One visit, in a context of its own: nothing is cached, nothing is stored. */
async function visit(browser: Browser, contender: Contender | null, isTraced: boolean): Promise<Visit> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    let requests = 0;
    await context.route('**/*', async (route) => {
      const { host, pathname } = new URL(route.request().url());
      if (host === 'shop.test' && pathname === '/')
        return route.fulfill({ contentType: 'text/html', body: html(contender) });
      requests++;
      return answer(route);
    });
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    if (isTraced)
      await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
    await page.goto('https://shop.test/');
    const result = await page.evaluate(async (ms) => {
      const done = await (globalThis as unknown as { readonly benchDone?: Promise<unknown> }).benchDone;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return done;
    }, SETTLE_MS);
    if (contender && result !== contender.expected)
      throw new Error(`${contender.name} gave ${JSON.stringify(result)}, not ${JSON.stringify(contender.expected)}`);
    const { metrics } = await session.send('Performance.getMetrics');
    const taskMs = 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
    return { taskMs, requests, trace: isTraced ? (await browser.stopTracing()).toString() : '' };
  } finally {
    await context.close();
  }
}

/** The measured script begins on this line of the page, counted from 0. */
const SCRIPT_LINE = 1;

function html(contender: Contender | null): string {
  const script = (contender?.script ?? '').replaceAll('</script', '<\\/script');
  return `<!doctype html><html lang="en"><head><title>Shop</title></head><body><h1 id="title">Shop</h1><p>${'words '.repeat(200)}</p>${contender?.body ?? ''}
<script>${script}</script></body></html>`;
}

interface TraceEvent {
  readonly name: string;
  readonly tid: number;
  /** CPU, microseconds. */
  readonly tdur?: number;
  readonly args: { readonly data?: { readonly url?: string; readonly lineNumber?: number } };
}

/** What a trace has about the measured script, and about the thread that it ran on. */
function readTrace(trace: string): Pick<Init, 'syncMs' | 'longestMs'> {
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  const script = traceEvents.find(
    ({ name, args: { data } }) =>
      name === 'EvaluateScript' && data?.url === 'https://shop.test/' && data.lineNumber === SCRIPT_LINE + 1,
  );
  const tasks = traceEvents.filter(({ name, tid }) => name === 'RunTask' && tid === script?.tid);
  return {
    syncMs: (script?.tdur ?? 0) / 1_000,
    longestMs: Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur)) / 1_000,
  };
}

/** The answer that each SDK's own server would give to a visitor of the tier gold. */
async function answer(route: Route): Promise<void> {
  const request = route.request();
  const headers = { ...HEADERS, 'access-control-allow-origin': request.headers().origin ?? '*' };
  const { pathname } = new URL(request.url());
  const json = (body: unknown): Promise<void> => route.fulfill({ headers, body: JSON.stringify(body) });
  if (pathname.startsWith('/ee/')) return json(ALLOY);
  if (pathname === '/v1/interact') {
    const { placements = [] } = request.postDataJSON() as { placements?: readonly string[] };
    return json({ ...SELVEDGE, propositions: placements.map(propositionFor) });
  }
  return json({ success: true });
}

const SELVEDGE = {
  sequence: 1,
  receivedAt: '2026-01-01T00:00:00.000Z',
  visitor: { state: 'anonymous', isNew: true },
  accepted: 1,
  duplicates: [],
  refused: [],
  memberships: [],
};

function propositionFor(placement: string): object {
  const base = { id: `prp_${placement}`, placement, offer: 'o', reason: 'eligible' };
  if (placement === 'tier') return { ...base, kind: 'value', content: 'gold' };
  if (placement === 'hero') return { ...base, kind: 'html', content: '<p>Spring</p>' };
  return { ...base, kind: 'dom', content: { actions: [{ action: 'setText', selector: '#title', value: 'Gold' }] } };
}

const ALLOY = {
  requestId: '00000000-0000-4000-8000-000000000000',
  handle: [
    { type: 'identity:result', payload: [{ id: '1', namespace: { code: 'ECID' } }] },
    {
      type: 'personalization:decisions',
      payload: [
        {
          id: 'p1',
          scope: 'tier',
          scopeDetails: { decisionProvider: 'TGT' },
          items: [
            {
              id: 'i1',
              schema: 'https://ns.adobe.com/personalization/html-content-item',
              data: { id: 'i1', content: 'gold' },
            },
          ],
        },
      ],
    },
    { type: 'state:store', payload: [{ key: 'kndctr_BENCH_AdobeOrg_identity', value: 'x', maxAge: 34128000 }] },
  ],
};
