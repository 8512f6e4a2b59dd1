import { type Agent, request } from 'node:http';

/** One request as a browser makes it, and when its answer came, ms after it was sent. */
export interface Timed {
  /** First byte of the body; the headers are there before it. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly text: string;
  readonly cookie: string | null;
}

export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out: GET. */
  readonly body?: string;
}

/** Throws on any answer but 200. */
export function timedRequest(agent: Agent, { url, headers, body }: Asked): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const outgoing = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (incoming) => {
      let firstMs = 0;
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => {
        if (chunks.length === 0) firstMs = performance.now() - sentAt;
        chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const lastMs = performance.now() - sentAt;
        const text = Buffer.concat(chunks).toString();
        if (incoming.statusCode !== 200) reject(new Error(`${url}: ${incoming.statusCode} ${text.slice(0, 200)}`));
        const cookie = incoming.headers['set-cookie']?.[0]?.split(';')[0] ?? null;
        resolve({ firstMs, lastMs, text, cookie });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
