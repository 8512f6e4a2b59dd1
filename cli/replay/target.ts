import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoFileSchema } from './demo-file.schema.ts';
import { ReplayError } from './replay-error.ts';

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:8787';
const SERVER_KEY = /^sk_[a-z0-9-]+\.\S+$/;

export interface Target {
  readonly collectUrl: string;
  readonly key: string;
}

/** Where to send and as whom: option, then environment, then what the local start wrote in `<stateDir>/demo.json`. */
export async function findTarget(
  asked: { readonly endpoint: string | undefined; readonly key: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
  stateDir: string,
): Promise<Target> {
  const demo = await readDemo(join(stateDir, 'demo.json'));
  const endpoint = asked.endpoint ?? demo?.endpoint ?? DEFAULT_ENDPOINT;
  const key = asked.key || env.SELVEDGE_SERVER_KEY || demo?.serverKeys?.import;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw new ReplayError(`--endpoint ${endpoint} is not an address: write it as ${DEFAULT_ENDPOINT}`);
  if (!key)
    throw new ReplayError(
      'No server key. Start the local platform with `npm start`, or set SELVEDGE_SERVER_KEY, or pass --key sk_….',
    );
  if (!SERVER_KEY.test(key))
    throw new ReplayError(
      'The key is no server key: history needs one that starts with sk_, not a write key of a page.',
    );
  return { collectUrl: new URL('/v1/collect', endpoint).href, key };
}

/** Tells targets apart without keeping the key: a checkpoint for one means nothing for another. */
export function targetFingerprint(target: Target): string {
  return createHash('sha256').update(`${target.collectUrl}\n${target.key}`).digest('hex').slice(0, 16);
}

async function readDemo(path: string): Promise<ReturnType<typeof demoFileSchema.parse> | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return demoFileSchema.parse(JSON.parse(text));
  } catch {
    throw new ReplayError(`${path} is damaged: start the local platform again, or pass --endpoint and --key.`);
  }
}
