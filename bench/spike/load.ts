/** A closed loop over keep-alive connections, and a caller for single measured requests. */

import { Pool } from 'undici';
import { median, quantile } from './stats.ts';

export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class Client {
  readonly #pool: Pool;

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, { connections, pipelining: 1 });
  }

  /** Answers the body; throws on any status but 200, so that no error is measured as a success. */
  async text(path: string): Promise<string> {
    const answer = await this.#pool.request({ path, method: 'GET' });
    const body = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${body}`);
    return body;
  }

  async timed(path: string): Promise<number> {
    const started = performance.now();
    await this.text(path);
    return performance.now() - started;
  }

  async load(path: (turn: number) => string, concurrency: number, durationMs: number): Promise<Load> {
    const latencies: number[] = [];
    const started = performance.now();
    const end = started + durationMs;
    let turn = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) latencies.push(await this.timed(path(turn++)));
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const elapsedMs = performance.now() - started;
    return {
      requestsPerSecond: (latencies.length * 1000) / elapsedMs,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

export function medianLoad(loads: readonly Load[]): Load {
  return {
    requestsPerSecond: median(loads.map((l) => l.requestsPerSecond)),
    p50Ms: median(loads.map((l) => l.p50Ms)),
    p99Ms: median(loads.map((l) => l.p99Ms)),
  };
}
