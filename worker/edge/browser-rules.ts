import type { Context } from 'hono';
import type { Sequence } from '../../core/lib/ids.ts';
import { parseSpace } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import type { BrowserRulesPart } from '../../core/ruleset/manifest.ts';
import type { AppEnv } from '../app-env.ts';
import { keyOf } from '../http/caller.ts';
import { problem } from '../http/problem.ts';
import { SCRIPT_HEADERS } from './sdk.ts';

/** What a page evaluates itself: of which ruleset, and its program. Null: no segment is marked for browsers. */
export interface BrowserRules {
  readonly sequence: Sequence;
  readonly program: BrowserRulesPart['program'] | null;
}

/**
 * The rules for browsers of the space of the write key in the query. Public by design, as sdk.js is: a page asks without credentials, so nobody knows who it is for, and
 * during a gradual publish it gets what most have. Otherwise the answer that says why not.
 */
export async function readBrowserRules(c: Context<AppEnv>, path: string): Promise<Result<BrowserRules, Response>> {
  const key = keyOf(c.req.raw, new URL(c.req.url), null);
  const space = parseSpace(/^wk_([a-z0-9-]+)\./.exec(key ?? '')?.[1] ?? '');
  if (!key || !space) return err(problem(c, 'missingKey', { detail: `load ${path}?key=wk_…` }));
  const { rulesets } = c.get('services');
  const newest = rulesets.peek(space) ?? (await rulesets.current(space));
  if (!newest?.sourceByWriteKey.has(key)) return err(problem(c, 'unknownKey'));
  const ruleset = rulesetForStrangers(newest);
  const part = await rulesets.browserRules(ruleset);
  return ok({ sequence: ruleset.sequence, program: part?.program ?? null });
}

/** `GET /v1/rules/browser?key=wk_…`: the same as JSON, for pages that bring the SDK from npm. Whatever page asks: it is in a public script too. */
export async function browserRulesRoute(c: Context<AppEnv>): Promise<Response> {
  const rules = await readBrowserRules(c, '/v1/rules/browser');
  if (!rules.ok) return rules.error;
  const { 'content-type': _, ...headers } = SCRIPT_HEADERS;
  return Response.json(rules.value, { headers: { ...headers, 'access-control-allow-origin': '*' } });
}
