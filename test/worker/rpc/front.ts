import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../../dev/build.ts';
import { type Answer, BROWSER, ORIGIN, type Shop, startShop, WRITE_KEY } from '../../support/platform.ts';

export interface Front {
  readonly shop: Shop;
  /** Asks as a browser does. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  operator(method: string, path: string, body: object): Promise<Answer>;
  /** The same shop with more in it, published. */
  publish(resources: readonly (readonly [path: string, body: object])[]): Promise<void>;
  stop(): Promise<void>;
}

/** The shop, and in front of it a Worker with a site of its own: front-worker.ts. */
export async function startFront(): Promise<Front> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-front-'));
  const scriptPath = join(folder, 'front.js');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/worker/rpc/front-worker.ts'],
    outfile: scriptPath,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
  });
  const front = { name: 'front', bindings: { KEY: WRITE_KEY.web, SITE: ORIGIN.web }, scriptPath };
  const shop = await startShop({ beside: [front] });
  const url = await shop.platform.urlOf('front');
  const operator: Front['operator'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
    const answer = await shop.send(`/v1/admin/${path}`, { method, headers, body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer;
  };
  return {
    shop,
    operator,
    get: (path, headers = {}) =>
      fetch(url + path, { redirect: 'manual', headers: { 'user-agent': BROWSER, accept: 'text/html', ...headers } }),
    publish: async (resources) => {
      for (const [path, body] of resources) await operator('PUT', path, body);
      await operator('POST', 'publish', {});
    },
    stop: async () => {
      await shop.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the SDK finds in a page; null: nothing. */
export function stateOf(html: string) {
  const text = /<script type="application\/json" id="selvedge-state">(.*?)<\/script>/.exec(html)?.[1];
  return text === undefined ? null : JSON.parse(text);
}
