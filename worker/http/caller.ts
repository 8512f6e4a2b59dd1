import type { KeyKind } from '../../core/event/event-type.ts';
import { parseSpace, type Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Source } from '../../core/ruleset/resources.ts';
import { sha256Hex } from '../sha256.ts';
import { VISITOR_COOKIE } from './cookies.ts';
import type { ProblemExtras, ProblemKind } from './problem.ts';

/** Who calls, proven by a key. */
export interface Caller {
  readonly kind: KeyKind;
  readonly space: Space;
  readonly source: Source;
  readonly ruleset: LoadedRuleset;
  /** Set for browsers: the allowed origin to echo. */
  readonly origin: string | null;
}

export interface CallerProblem {
  readonly kind: ProblemKind;
  readonly extras?: ProblemExtras;
}

/** Where the live ruleset of a space is looked up: memory first. */
export interface RulesetLookup {
  peek(space: Space): LoadedRuleset | null;
  current(space: Space): Promise<LoadedRuleset | null>;
}

const KEY = /^(wk|sk)_([a-z0-9-]{1,32})\.[A-Za-z0-9_-]{8,90}$/;

/** The key of a request: `Authorization: Bearer`, then `?key=`, then the body's `key`. */
export function keyOf(request: Request, url: URL, body: unknown): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (bearer) return bearer;
  const query = url.searchParams.get('key');
  if (query) return query;
  const inBody =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'key')
      ? (body as { readonly key: unknown }).key
      : null;
  return typeof inBody === 'string' ? inBody : null;
}

/**
 * Proves the caller. Browser keys are public, so they count only together with an allowed Origin; that also is the defence against forged
 * requests, because a page cannot set its own Origin. Server keys are secrets and ignore cookies and origins.
 */
export async function identifyCaller(
  request: Request,
  key: string | null,
  rulesets: RulesetLookup,
): Promise<Result<Caller, CallerProblem>> {
  if (!key)
    return err({
      kind: 'missingKey',
      extras: { detail: 'send a key as Authorization: Bearer, ?key= or "key" in the body' },
    });
  const parts = KEY.exec(key);
  const space = parseSpace(parts?.[2] ?? '');
  if (!parts || !space) return err({ kind: 'unknownKey' });
  const ruleset = rulesets.peek(space) ?? (await rulesets.current(space));
  if (!ruleset) return err({ kind: 'unknownKey' });
  if (parts[1] === 'sk') {
    const source = ruleset.sourceByServerKeyHash.get(await sha256Hex(key));
    return source ? ok({ kind: 'server', space, source, ruleset, origin: null }) : err({ kind: 'unknownKey' });
  }
  const source = ruleset.sourceByWriteKey.get(key);
  if (!source) return err({ kind: 'unknownKey' });
  const origin = request.headers.get('origin');
  if (!origin || !source.allowedOrigins.includes(origin)) {
    const because = origin
      ? 'this origin is not among the allowed origins of the source'
      : 'a browser key needs an Origin header';
    return err({
      kind: 'originNotAllowed',
      extras: {
        detail: request.headers.get('cookie')?.includes(VISITOR_COOKIE)
          ? `${because}; nothing was read or stored`
          : because,
      },
    });
  }
  return ok({ kind: 'browser', space, source, ruleset, origin });
}
