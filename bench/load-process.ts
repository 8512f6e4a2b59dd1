import { Pool } from 'undici';
import type { LoadJob, LoadResult } from './load.ts';
import { type PreparedRequest, prepare } from './requests.ts';
import { quantile } from './stats.ts';

/** A process of its own, so that making load does not share a thread with anything measured. One job at a time, by message. */
const pools = new Map<string, Pool>();

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});

async function run(job: LoadJob): Promise<LoadResult> {
  const pool = poolFor(job);
  const requests = Array.from({ length: job.count }, (_, i) => prepare(job.recipe, i));
  const latencies: number[] = [];
  const tokens: string[] = [];
  let sample: LoadResult['sample'] | null = null;
  let at = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: job.connections }, async () => {
      for (let request = requests[at++]; request; request = requests[at++]) {
        const sentAt = performance.now();
        const answer = await send(pool, request, job.expect);
        latencies.push(performance.now() - sentAt);
        const token = /__Host-sv=([^;]+)/.exec(answer.headers['set-cookie'] ?? '')?.[1];
        if (token) tokens.push(token);
        sample ??= { ...answer, requestBytes: request.body.length };
      }
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  if (!sample) throw new Error('a job of no requests');
  return {
    elapsedMs,
    count: job.count,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    tokens,
    sample,
  };
}

function poolFor({ origin, connections }: LoadJob): Pool {
  const key = `${origin} ${connections}`;
  const pool = pools.get(key) ?? new Pool(origin, { connections, pipelining: 1 });
  pools.set(key, pool);
  return pool;
}

async function send(pool: Pool, { path, headers, body }: PreparedRequest, expect: string) {
  const answer = await pool.request({ method: 'POST', path, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || !text.includes(expect))
    throw new Error(`${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
  return {
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
    body: text,
  };
}
