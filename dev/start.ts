import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build.ts';
import { type DemoFile, startDemo } from './demo.ts';

const PORT = Number(process.env.PORT ?? 8787);
const SHOP_PORT = PORT + 1;
const FOLDER = join(ROOT, '.selvedge');
const LOG_ALL = process.env.SELVEDGE_LOG === 'all';

/** `npm start`: serves Selvedge and the demo shop until Ctrl-C. */
async function main(): Promise<void> {
  const startedAt = Date.now();
  if (!existsSync(join(FOLDER, 'demo.json'))) console.log('First start: creating the database and the demo …');
  const { platform, demo, shopUrl } = await startDemo({
    folder: FOLDER,
    port: PORT,
    shopPort: SHOP_PORT,
    requestLog: LOG_ALL ? 'all' : 'errors',
    onLog: (line) => {
      if (LOG_ALL || !line.includes('"kind":"batch"')) console.log(line);
    },
  });
  printUrls(platform.url, shopUrl, demo, Date.now() - startedAt);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  console.log('\nStopping …');
  await platform.stop();
}

function printUrls(api: string, shop: string, demo: DemoFile, ms: number): void {
  console.log(`
Selvedge is running (${(ms / 1000).toFixed(1)} s). Ctrl-C stops it; your data stays in .selvedge/.

  Demo shop        ${shop}
  API              ${api}
    browser SDK    ${api}/sdk.js?key=${demo.writeKey}
    API page       ${api}/docs
    OpenAPI        ${api}/openapi.json
    health         ${api}/healthz
    operator API   ${api}/v1/admin/sequences   (Authorization: Bearer, operatorToken in .selvedge/demo.json)

  Stream history   npm run replay -- test/data/online-retail-sample.csv --mapping online-retail
  Every request    SELVEDGE_LOG=all npm start
  Start over       npm run reset
`);
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  const taken = /EADDRINUSE|address.*in use/i.test(text);
  console.error(
    taken
      ? `selvedge: port ${PORT} or ${SHOP_PORT} is taken. Stop the other program, or set PORT=9000.`
      : `selvedge: ${text}`,
  );
  process.exitCode = 1;
});
