import { createHash } from 'node:crypto';
import { checkEndpoint, DEFAULT_ENDPOINT, readLocalInstance } from '../local/local-instance.ts';
import { ReplayError } from './replay-error.ts';

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
  const local = await readLocalInstance(stateDir);
  if (!local.ok) throw new ReplayError(`${local.error}, or pass --endpoint and --key.`);
  const demo = local.value;
  const endpoint = checkEndpoint(asked.endpoint ?? demo?.endpoint ?? DEFAULT_ENDPOINT);
  const key = asked.key || env.SELVEDGE_SERVER_KEY || demo?.serverKeys?.import;
  if (!endpoint.ok) throw new ReplayError(endpoint.error);
  if (!key)
    throw new ReplayError(
      'No server key. Start the local platform with `npm start`, or set SELVEDGE_SERVER_KEY, or pass --key sk_….',
    );
  if (!SERVER_KEY.test(key))
    throw new ReplayError(
      'The key is no server key: history needs one that starts with sk_, not a write key of a page.',
    );
  return { collectUrl: new URL('/v1/collect', endpoint.value).href, key };
}

/** Tells targets apart without keeping the key: a checkpoint for one means nothing for another. */
export function targetFingerprint(target: Target): string {
  return createHash('sha256').update(`${target.collectUrl}\n${target.key}`).digest('hex').slice(0, 16);
}
