import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { checkEndpoint, DEFAULT_ENDPOINT, readLocalInstance } from '../../local/local-instance.ts';
import { count } from '../../replay/progress.ts';
import { ReplayError } from '../../replay/replay-error.ts';
import { liveCatalogueSchema, missingPartsSchema, packedPartSchema, sentPartSchema } from './upload.schema.ts';

export interface UploadOptions {
  /** Parts, as `--out` writes them. */
  readonly file: string;
  /** NDJSON of refused rows; null: none. */
  readonly refusedFile: string | null;
  readonly url: string | undefined;
  readonly token: string | undefined;
}

export interface UploadSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateDir: string;
  readonly stop: AbortSignal;
  print(line: string): void;
}

const ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;

/**
 * Sends what is missing of a packed catalogue, then makes it live. What broke off goes on where it was: parts that came are not sent again. Answers the exit code: 0, or 130 when
 * interrupted. Throws ReplayError for what a person has to put right.
 */
export async function runUpload(options: UploadOptions, around: UploadSurroundings): Promise<number> {
  const api = await findApi(options, around);
  const parts: Record<string, string> = {};
  for await (const line of linesOf(options.file)) {
    const { name, hash } = readPart(line);
    parts[name] = hash;
  }
  const { missing } = missingPartsSchema.parse(await api('POST', 'catalogue/missing', { parts }));
  const wanted = new Set(missing);
  let sent = 0;
  for await (const line of linesOf(options.file)) {
    if (around.stop.aborted) {
      around.print(`Interrupted. ${count(sent)} parts were sent; the catalogue is as it was. Run it again to go on.`);
      return 130;
    }
    const { name, hash, part } = readPart(line);
    if (!wanted.has(name)) continue;
    const stored = sentPartSchema.parse(await api('POST', 'catalogue/parts', part));
    if (stored.name !== name || stored.hash !== hash)
      throw new ReplayError(`${name} arrived as ${stored.name}, or not as it was sent. Pack it again and retry.`);
    sent++;
  }
  const refused = await countRefused(options.refusedFile);
  const live = liveCatalogueSchema.parse(await api('PUT', 'catalogue', { parts, refused }));
  const known = Object.keys(parts).length - sent;
  around.print(
    `Live since sequence ${live.sequence}: ${count(live.items)} items in ${live.currency}; ${count(sent)} parts sent, ${count(known)} were there.`,
  );
  return 0;
}

type Api = (method: 'POST' | 'PUT', path: string, body: unknown) => Promise<unknown>;

/** Option, then environment, then what the local start wrote. */
async function findApi({ url, token }: UploadOptions, { env, stateDir, stop }: UploadSurroundings): Promise<Api> {
  const local = await readLocalInstance(stateDir);
  if (!local.ok) throw new ReplayError(`${local.error}, or pass --url and --token.`);
  const endpoint = checkEndpoint(url ?? local.value?.endpoint ?? DEFAULT_ENDPOINT);
  const operator = token ?? env.SELVEDGE_OPERATOR_TOKEN ?? local.value?.operatorToken;
  if (!endpoint.ok) throw new ReplayError(endpoint.error.replace('--endpoint', '--url'));
  if (!operator)
    throw new ReplayError(
      'No operator token. Set SELVEDGE_OPERATOR_TOKEN, pass --token op_…, or start with `npm start`.',
    );
  return async (method, path, body) => {
    const address = new URL(`/v1/admin/${path}`, endpoint.value).href;
    const text = JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      const response = await ask(address, method, operator, text);
      if (response instanceof Response && response.ok) return response.json();
      const problem = response instanceof Error ? response.message : await describe(response);
      const passes = response instanceof Error || response.status >= 500 || response.status === 429;
      if (!passes) throw new ReplayError(`${address} refused it: ${problem}`);
      if (attempt === ATTEMPTS || stop.aborted)
        throw new ReplayError(`${address} does not answer: ${problem}. Nothing is half done: run it again.`);
      await after(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  };
}

async function ask(address: string, method: string, token: string, body: string): Promise<Response | Error> {
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return await fetch(address, { method, headers, body, signal: AbortSignal.timeout(120_000) });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function describe(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  return `${response.status} ${text.slice(0, 300)}`;
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}

function readPart(line: string) {
  const parsed = packedPartSchema.safeParse(safeJson(line));
  if (!parsed.success) throw new ReplayError('The file of parts is damaged: pack the catalogue again.');
  return parsed.data;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** How many rows were refused, by reason. */
async function countRefused(file: string | null): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  if (file === null) return counts;
  for await (const line of linesOf(file)) {
    const { kind } = (safeJson(line) ?? {}) as { readonly kind?: unknown };
    if (typeof kind === 'string') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
