import type { z } from 'zod';
import { ANSWERS } from './answers.schema.ts';
import { ReconcileError } from './reconcile-error.ts';
import type { Target } from './target.ts';

type Phase = keyof typeof ANSWERS;
export type Answer<P extends Phase> = z.output<(typeof ANSWERS)[P]>;

export interface OperatorApi {
  /** One step. Repeated while the platform is away: every step may be. */
  ask<P extends Phase>(answer: P, body: Readonly<Record<string, unknown>>): Promise<Answer<P>>;
}

export interface OperatorApiParts {
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
}

const ATTEMPTS = 7;
const FIRST_WAIT_MS = 500;

export function createOperatorApi(
  { url, token }: Target,
  run: string,
  { fetch, sleep }: OperatorApiParts,
): OperatorApi {
  const once = async (body: string): Promise<Response | Error> => {
    try {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(120_000) });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  return {
    async ask(answer, body) {
      const text = JSON.stringify({ run, ...body });
      for (let attempt = 1; ; attempt++) {
        const response = await once(text);
        if (response instanceof Response && response.ok) {
          return ANSWERS[answer].parse(await response.json()) as Answer<typeof answer>;
        }
        const problem = response instanceof Error ? response.message : await describe(response);
        const passing = response instanceof Error || response.status >= 500 || response.status === 429;
        if (!passing) throw new ReconcileError(`${url} refused ${answer}: ${problem}`);
        if (attempt === ATTEMPTS)
          throw new ReconcileError(`${url} does not answer ${answer}: ${problem}. Nothing is half done: run it again.`);
        await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
      }
    },
  };
}

async function describe(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  return `${response.status} ${text.slice(0, 300)}`;
}
