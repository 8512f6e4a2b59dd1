import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Seeded, seedDemo } from '../db/seed/seed.ts';
import { buildWorker } from './build.ts';
import { buildAssets } from './build-assets.ts';
import { uploadDemoCatalogue } from './demo-catalogue.ts';
import { type Platform, startPlatform } from './platform.ts';
import { keepSecrets, type LocalSecrets } from './secrets.ts';

/** What other local commands (replay, reconcile) read to find this instance: `demo.json` in its folder. */
export interface DemoFile extends Seeded {
  readonly endpoint: string;
  readonly operatorToken: string;
  readonly serverKeys: { readonly import: string; readonly shop: string };
}

export interface DemoOptions {
  /** Keeps secrets, `demo.json` and all data. */
  readonly folder: string;
  readonly port: number;
  readonly shopPort: number;
  readonly onLog?: (line: string) => void;
  readonly requestLog?: 'all' | 'errors';
  /** Paths of Workers that were built already. */
  readonly bundles?: { readonly selvedge: string; readonly storefront: string };
}

export interface Demo {
  readonly platform: Platform;
  readonly demo: DemoFile;
  readonly shopUrl: string;
}

/** Builds and runs Selvedge with the demo shop beside it. The first start of a folder creates, migrates and seeds; later ones keep the data. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { folder, port, shopPort, onLog = () => undefined, requestLog = 'errors' } = options;
  const secrets = await keepSecrets(folder);
  const bundles = options.bundles ?? {
    selvedge: await buildWorker('selvedge'),
    storefront: await buildWorker('storefront'),
  };
  const common = {
    persist: join(folder, 'data'),
    assets: await buildAssets(),
    port,
    secrets,
    bundles,
    bindings: { REQUEST_LOG: requestLog },
    onLog,
  };
  const demo = (await readDemo(folder)) ?? (await seed(common, options));
  const platform = await startPlatform({
    ...common,
    storefront: { port: shopPort, bindings: shopBindings(demo, secrets) },
  });
  return { platform, demo, shopUrl: `http://localhost:${shopPort}` };
}

/** The demo goes in through the operator API, as an operator's own configuration would. */
async function seed(common: Parameters<typeof startPlatform>[0], { folder, shopPort }: DemoOptions): Promise<DemoFile> {
  const platform = await startPlatform(common);
  try {
    const { operatorToken } = platform.secrets;
    const shopOrigins = [`http://localhost:${shopPort}`, `http://127.0.0.1:${shopPort}`];
    const seeded = await seedDemo({ endpoint: platform.url, operatorToken, shopOrigins });
    await uploadDemoCatalogue(platform.url, operatorToken);
    const serverKeys = { import: seeded.importKey, shop: seeded.serverKey };
    const demo: DemoFile = { ...seeded, endpoint: platform.url, operatorToken, serverKeys };
    await writeFile(join(folder, 'demo.json'), JSON.stringify(demo, null, 2), { mode: 0o600 });
    return demo;
  } finally {
    await platform.stop();
  }
}

async function readDemo(folder: string): Promise<DemoFile | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as DemoFile;
  } catch {
    return null;
  }
}

function shopBindings(demo: Seeded, secrets: LocalSecrets): Record<string, string> {
  return {
    SELVEDGE_SERVER_KEY: demo.serverKey,
    SELVEDGE_WRITE_KEY: demo.writeKey,
    PROOF_SECRET: demo.proofSecret,
    PROOF_KID: demo.proofKid,
    SESSION_SECRET: secrets.sessionSecret,
  };
}
