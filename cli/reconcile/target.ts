import { checkEndpoint, DEFAULT_ENDPOINT, readLocalInstance } from '../local/local-instance.ts';
import { ReconcileError } from './reconcile-error.ts';

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
  const local = await readLocalInstance(stateDir);
  if (!local.ok) throw new ReconcileError(`${local.error}, or pass --endpoint and --token.`);
  const demo = local.value;
  const endpoint = checkEndpoint(asked.endpoint ?? demo?.endpoint ?? DEFAULT_ENDPOINT);
  const token = asked.token ?? env.SELVEDGE_OPERATOR_TOKEN ?? demo?.operatorToken;
  if (!endpoint.ok) throw new ReconcileError(endpoint.error);
  if (!token)
    throw new ReconcileError(
      'No operator token. Start the local platform with `npm start`, or set SELVEDGE_OPERATOR_TOKEN, or pass --token op_….',
    );
  return { url: new URL('/v1/admin/reconcile', endpoint.value).href, token };
}
