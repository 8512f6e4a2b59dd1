/** A platform in a process of its own, so that a test can kill it: `node server.ts <folder> <bundle> <bindings as JSON>`. */
import { join } from 'node:path';
import { startPlatform } from '../../../dev/platform.ts';
import { keepSecrets } from '../../../dev/secrets.ts';
import { headOf } from './disk.ts';
import { stillOpen } from './findings.ts';
import { IN_QUEUE } from './queued.ts';
import type { ServerAnswer, ServerAsk } from './server-messages.ts';

const [folder = '', bundle = '', bindings = '{}'] = process.argv.slice(2);
const say = (answer: ServerAnswer) => process.send?.(answer);

const secrets = await keepSecrets(folder);
const platform = await startPlatform({
  persist: join(folder, 'data'),
  secrets,
  bundles: { selvedge: bundle },
  bindings: { REQUEST_LOG: 'errors', ...(JSON.parse(bindings) as Record<string, string>) },
  mintsPerMinute: 100_000,
  inspectObjects: true,
  onLog: (line) => say({ kind: 'log', line }),
});

process.on('message', (ask: ServerAsk) => void answer(ask));
// The test has gone: so do we.
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready', url: platform.url, operatorToken: secrets.operatorToken });

async function openInObjects(): Promise<readonly string[]> {
  const { miniflare } = platform;
  const found: string[] = [];
  for (const id of await miniflare.listDurableObjectIds('PROFILE', 'selvedge')) {
    const storage = await miniflare.unsafeGetDurableObjectStorage('selvedge', 'ProfileObject', { id });
    const tables = await storage.exec("SELECT name FROM sqlite_master WHERE name = 'state'");
    if (tables.length === 0) continue;
    const pages = await storage.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM state ORDER BY page');
    if (pages.length > 0) found.push(...stillOpen(headOf(Buffer.concat(pages.map(({ bytes }) => Buffer.from(bytes))))));
  }
  return found;
}

async function answer(ask: ServerAsk): Promise<void> {
  if (ask.kind === 'archive') {
    const bucket = await platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge');
    const files: { key: string; base64: string }[] = [];
    for (const { key } of (await bucket.list()).objects) {
      const body = await bucket.get(key);
      if (body) files.push({ key, base64: Buffer.from(await body.arrayBuffer()).toString('base64') });
    }
    say({ kind: 'archive', files });
  } else if (ask.kind === 'directoryIds') {
    const namespace = await platform.miniflare.getDurableObjectNamespace('DIRECTORY', 'selvedge');
    say({ kind: 'directoryIds', ids: ask.names.map((name) => namespace.idFromName(name).toString()) });
  } else if (ask.kind === 'open') {
    // Objects first: what they send is in the queue by then.
    const found = await openInObjects();
    // Reading thousands of objects takes longer than workerd keeps an idle connection, and the pool learns of its end with the next request.
    const inQueue = platform.url + IN_QUEUE;
    const queued = await fetch(inQueue).catch(() => fetch(inQueue));
    say({ kind: 'open', found: [...found, ...((await queued.json()) as readonly string[])] });
  } else if (ask.kind === 'schedule') {
    const worker = await platform.miniflare.getWorker('selvedge');
    await worker.scheduled({ scheduledTime: new Date() });
    say({ kind: 'schedule' });
  } else {
    const d1 = await platform.miniflare.getD1Database('CONTROL', 'selvedge');
    const { results } = await d1.prepare(ask.sql).all<Record<string, string | number | null>>();
    say({ kind: 'rows', rows: results });
  }
}
