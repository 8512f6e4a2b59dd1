import { type CollectAnswer, collectAnswerSchema, problemSchema } from './collect-answer.schema.ts';
import { pause } from './pause.ts';
import type { QueuedEvent } from './queued-event.ts';
import { ReplayError } from './replay-error.ts';
import type { Target } from './target.ts';

export interface Refused {
  readonly event: QueuedEvent;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
}

/** What became of a batch: every event is in exactly one of the four. */
export interface BatchResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: readonly Refused[];
  /** Still `unavailable` after the last attempt: they may arrive with another run. */
  readonly unavailable: readonly QueuedEvent[];
}

export interface SendSettings {
  /** Attempts in a row without progress before giving up. */
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly timeoutMs: number;
}

export const SEND_SETTINGS: SendSettings = { maxAttempts: 9, baseDelayMs: 250, maxDelayMs: 15_000, timeoutMs: 60_000 };
/** A server may ask for patience, but not for ever. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

export interface SendContext {
  readonly target: Target;
  readonly settings: SendSettings;
  /** Ends waiting between attempts; a request under way is let finish. */
  readonly stop: AbortSignal;
  /** Ends requests under way. */
  readonly abort: AbortSignal;
  onRetry(why: string): void;
}

type Attempt =
  | { readonly kind: 'answer'; readonly answer: CollectAnswer }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | null };

/**
 * Sends a batch until every event is settled. Network errors, 408, 429 and 5xx are tried again with the same bytes, events
 * refused as `unavailable` alone. Null: stopped before an answer. Throws ReplayError when going on makes no sense.
 */
export async function sendBatch(batch: readonly QueuedEvent[], context: SendContext): Promise<BatchResult | null> {
  const { settings } = context;
  let left = batch;
  let accepted = 0;
  let duplicates = 0;
  const refused: Refused[] = [];
  for (let failures = 0; ; ) {
    const attempt = await post(left, context);
    let why: string;
    let afterMs: number | null = null;
    if (attempt.kind === 'answer') {
      const settled = readAnswer(attempt.answer, left);
      accepted += settled.accepted;
      duplicates += settled.duplicates;
      refused.push(...settled.refused);
      if (settled.unavailable.length === 0) return { accepted, duplicates, refused, unavailable: [] };
      if (settled.unavailable.length < left.length) failures = 0;
      left = settled.unavailable;
      why = `${left.length} events unavailable`;
      if (++failures >= settings.maxAttempts) return { accepted, duplicates, refused, unavailable: left };
    } else {
      ({ why, afterMs } = attempt);
      if (context.abort.aborted) return null;
      if (++failures >= settings.maxAttempts)
        throw new ReplayError(`Gave up after ${failures} attempts: ${why}. Is ${context.target.collectUrl} up?`);
    }
    context.onRetry(why);
    if (!(await pause(afterMs ?? backOffMs(failures, settings), context.stop))) return null;
  }
}

async function post(events: readonly QueuedEvent[], context: SendContext): Promise<Attempt> {
  // No sentAt: it would correct the times of history by the sender's clock and by every second a retry took.
  const body = `{"events":[${events.map((event) => event.json).join(',')}]}`;
  let status: number;
  let text: string;
  let headers: Headers;
  try {
    const response = await fetch(context.target.collectUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${context.target.key}`, 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.any([context.abort, AbortSignal.timeout(context.settings.timeoutMs)]),
    });
    ({ status, headers } = response);
    text = await response.text();
  } catch (error) {
    return { kind: 'again', why: networkReason(error), afterMs: null };
  }
  if (status === 408 || status === 429 || status >= 500) {
    return {
      kind: 'again',
      why: `the endpoint answered ${status}`,
      afterMs: retryAfterMs(headers.get('retry-after'), Date.now()),
    };
  }
  const json = parseJson(text);
  if (status < 200 || status > 299) throw new ReplayError(httpFault(status, json, context.target.collectUrl));
  const answer = collectAnswerSchema.safeParse(json);
  if (!answer.success)
    throw new ReplayError(
      `${context.target.collectUrl} answered ${status}, but not as a Selvedge endpoint does. Check --endpoint.`,
    );
  return { kind: 'answer', answer: answer.data };
}

function readAnswer(answer: CollectAnswer, sent: readonly QueuedEvent[]): BatchResult {
  const refused: Refused[] = [];
  const unavailable: QueuedEvent[] = [];
  const seen = new Set<number>();
  for (const { index, code, detail, pointer = '' } of answer.refused) {
    const event = sent[index];
    if (!event || seen.has(index))
      throw new ReplayError(
        `The endpoint refused event ${index} of ${sent.length}: its answer does not fit the request.`,
      );
    seen.add(index);
    if (code === 'unavailable') unavailable.push(event);
    else refused.push({ event, code, detail, pointer });
  }
  const stored = sent.length - seen.size;
  const duplicates = Math.min(new Set(answer.duplicates).size, stored);
  // `accepted` may or may not count the duplicates; anything else means that events went missing.
  if (answer.accepted !== stored && answer.accepted !== stored - duplicates) {
    throw new ReplayError(
      `The endpoint's answer does not add up: sent ${sent.length}, accepted ${answer.accepted}, duplicates ${duplicates}, refused ${seen.size}. Nothing more was sent.`,
    );
  }
  return { accepted: stored - duplicates, duplicates, refused, unavailable };
}

/** Doubles from the base to the cap; the upper half is random, so that waiting senders do not come back together. */
function backOffMs(failures: number, settings: SendSettings): number {
  const full = Math.min(settings.maxDelayMs, settings.baseDelayMs * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}

/** Reads Retry-After: seconds, or an HTTP date. Null when there is none. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
  return code ?? (cause instanceof Error ? cause.message : error.message);
}

function httpFault(status: number, json: unknown, url: string): string {
  const problem = problemSchema.safeParse(json);
  const said = problem.success ? [problem.data.title, problem.data.detail].filter(Boolean).join(': ') : '';
  const advice =
    status === 401
      ? 'The key is not known: check --key, SELVEDGE_SERVER_KEY or .selvedge/demo.json.'
      : status === 403
        ? 'The key may not do this: use a server key of a source that takes imports.'
        : status === 404
          ? `There is no collect route at ${url}: check --endpoint.`
          : 'Nothing more was sent; this is a fault of replay or of the endpoint.';
  return `${url} answered ${status}${said ? ` (${said})` : ''}. ${advice}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
