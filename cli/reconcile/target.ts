import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoFileSchema } from './demo-file.schema.ts';
import { ReconcileError } from './reconcile-error.ts';

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8787';

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Where to ask and as whom: option, then environment, then what the local start wrote in `<stateDir>/demo.json`. */
export async function findTarget(
  asked: { readonly endpoint: string | undefined; readonly token: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
  stateDir: string,
): Promise<Target> {
  const demo = await readDemo(join(stateDir, 'demo.json'));
  const endpoint = asked.endpoint ?? demo?.endpoint ?? DEFAULT_ENDPOINT;
  const token = asked.token ?? env.SELVEDGE_OPERATOR_TOKEN ?? demo?.operatorToken;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw new ReconcileError(`--endpoint ${endpoint} is not an address: write it as ${DEFAULT_ENDPOINT}`);
  if (!token)
    throw new ReconcileError(
      'No operator token. Start the local platform with `npm start`, or set SELVEDGE_OPERATOR_TOKEN, or pass --token op_….',
    );
  return { url: new URL('/v1/admin/reconcile', endpoint).href, token };
}

async function readDemo(path: string): Promise<ReturnType<typeof demoFileSchema.parse> | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return demoFileSchema.parse(JSON.parse(text));
  } catch {
    throw new ReconcileError(`${path} is damaged: start the local platform again, or pass --endpoint and --token.`);
  }
}
