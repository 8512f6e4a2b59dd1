import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { CliError, EXIT } from './cli-error.ts';
import { findLogin, type Login } from './find-login.ts';
import type { Shell } from './shell.ts';
import { oneLine } from './table.ts';

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z
    .array(
      z.looseObject({
        kind: z.string().optional(),
        id: z.string().optional(),
        pointer: z.string(),
        code: z.string(),
        detail: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .optional(),
});
/** The server could do it and says why it does not: a conflict, a body that does not fit, nothing there. */
export type ApiProblem = z.output<typeof problemSchema>;

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/v1/admin`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The version that must be there still; 0: none may be. */
  readonly expected?: number;
}

export interface AdminApi {
  readonly login: Login;
  /** The answer, or why not; no network, no right and a broken server end the command. */
  attempt<T>(answer: z.ZodType<T>, request: ApiRequest): Promise<Result<T, ApiProblem>>;
  /** The same where any problem ends the command. */
  ask<T>(answer: z.ZodType<T>, request: ApiRequest): Promise<T>;
  /** An answer that goes on until it ends or `signal` says so. */
  stream(request: ApiRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

const ATTEMPTS = 4;
const TIMEOUT_MS = 60_000;
/** Whoever is told to wait longer hears so instead. */
const MAX_WAIT_MS = 10_000;

export async function connect(shell: Shell): Promise<AdminApi> {
  return createAdminApi(await findLogin(shell));
}

export function createAdminApi(login: Login): AdminApi {
  const api: AdminApi = {
    login,
    async stream(request, signal) {
      const response = await send(login, request, signal);
      if (response.ok && response.body) return response.body;
      return failed(login, request, response.status, await response.text());
    },
    async attempt(schema, request) {
      const response = await send(login, request);
      const text = await response.text();
      const json = parseJson(text);
      if (response.ok) {
        const parsed = schema.safeParse(json);
        if (parsed.success) return ok(parsed.data);
        throw new CliError(
          `${login.url} answers ${request.method} ${request.path} in a form that this version does not know.`,
          EXIT.server,
          'Is it a Selvedge Worker, and of the same version? selvedge doctor tells.',
        );
      }
      const problem = problemSchema.safeParse(json);
      if (!problem.success)
        throw new CliError(
          `${login.url} answers ${request.method} /v1/admin${request.path} with ${response.status} and no problem document.`,
          EXIT.server,
          'Is it the address of a Selvedge Worker? selvedge doctor tells.',
        );
      refuseServerProblems(login, problem.data);
      return err(problem.data);
    },
    async ask(schema, request) {
      const answer = await api.attempt(schema, request);
      if (answer.ok) return answer.value;
      throw new CliError(describeProblem(answer.error).join('\n'), EXIT.problems);
    },
  };
  return api;
}

/** Ends the command with what a refused request says. */
function failed(login: Login, { method, path }: ApiRequest, status: number, text: string): never {
  const problem = problemSchema.safeParse(parseJson(text));
  if (problem.success) {
    refuseServerProblems(login, problem.data);
    throw new CliError(describeProblem(problem.data).join('\n'), EXIT.problems);
  }
  throw new CliError(`${login.url} answers ${method} /v1/admin${path} with ${status}.`, EXIT.server);
}

async function send(
  { url, token }: Login,
  { method, path, query, body, expected }: ApiRequest,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const address = new URL(`/v1/admin${path}`, url);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(expected === undefined ? {} : expected === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` }),
  };
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(address, {
      method,
      headers,
      redirect: 'manual',
      signal: signal ?? AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => reasonOf(error));
    const wait = typeof response === 'string' ? 0 : 1000 * Number(response.headers.get('retry-after') ?? 0);
    // Nothing was done where the server says that it could not; an answer that got lost may have been one.
    const again = typeof response === 'string' ? method === 'GET' : [429, 503].includes(response.status);
    if (signal?.aborted || !again || attempt === ATTEMPTS || wait > MAX_WAIT_MS) {
      if (typeof response !== 'string') return response;
      throw new CliError(
        `${url} does not answer: ${response}.`,
        EXIT.server,
        'Check the address and the network. Locally, "npm start" starts the platform.',
      );
    }
    await sleep(Math.max(wait, 250 * 2 ** (attempt - 1)));
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseServerProblems({ url, from }: Login, { status, title, detail, instance }: ApiProblem): void {
  const request = instance === undefined ? '' : ` Request ${instance}.`;
  if (status === 401)
    throw new CliError(
      `${url} does not take the token of ${from}: ${title}.`,
      EXIT.server,
      'Ask an operator for a new one, then: selvedge login',
    );
  if (status === 403)
    throw new CliError(
      `${url}: ${title}.`,
      EXIT.server,
      detail === undefined ? 'Ask somebody who may.' : oneLine(detail),
    );
  if (status === 429 || status >= 500)
    throw new CliError(`${url}: ${status} ${title}.${request}`, EXIT.server, 'Try again in a moment.');
}

/** Title, detail and every error of a problem, a line each. */
export function describeProblem({ title, detail, errors = [] }: ApiProblem): readonly string[] {
  return [
    detail === undefined ? `${title}.` : `${title}: ${oneLine(detail)}`,
    ...errors.map(({ kind, id, pointer, detail: why, line, column }) => {
      const place = line === undefined ? '' : ` (${line}:${column ?? 1} of its text)`;
      return `  ${[kind, id, pointer].filter(Boolean).join(' ')}${place}: ${oneLine(why)}`;
    }),
  ];
}
