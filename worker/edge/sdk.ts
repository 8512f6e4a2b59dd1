import type { Context } from 'hono';
import sdkText from '../../client-sdk/dist/sdk.iife.txt';
import { parseSpace } from '../../core/lib/ids.ts';
import type { AppEnv } from '../app-env.ts';
import { keyOf } from '../http/caller.ts';
import { problem } from '../http/problem.ts';
import { scriptSafe } from './script-safe.ts';
import { linksVisitors, sdkVariant } from './sdk-variant.ts';

const PLACEHOLDER = '__SELVEDGE_CONFIG__';

/** Of every script that pages load from here, without credentials. */
export const SCRIPT_HEADERS = {
  'content-type': 'text/javascript; charset=utf-8',
  'cache-control': 'public, max-age=300, stale-while-revalidate=86400',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

/** `GET /sdk.js?key=wk_…`: the browser SDK, in the variant that this key's source needs and with its configuration inside. Public by design: a page loads it without credentials. */
export async function sdkRoute(c: Context<AppEnv>): Promise<Response> {
  const key = keyOf(c.req.raw, new URL(c.req.url), null);
  const space = parseSpace(/^wk_([a-z0-9-]+)\./.exec(key ?? '')?.[1] ?? '');
  if (!key || !space) return problem(c, 'missingKey', { detail: 'load /sdk.js?key=wk_…' });
  const rulesets = c.get('services').rulesets;
  const ruleset = rulesets.peek(space) ?? (await rulesets.current(space));
  const source = ruleset?.sourceByWriteKey.get(key);
  const config = source && ruleset?.browser.get(source.id);
  if (!ruleset || !source || !config) return problem(c, 'unknownKey');
  const kindOf = (placement: string) => ruleset.placements.get(placement)?.kind;
  const text = sdkVariant(sdkText, config, kindOf, linksVisitors(source, ruleset));
  const [before, after] = text.split(PLACEHOLDER);
  return new Response(`${before}${scriptSafe({ ...config, key })}${after ?? ''}`, { headers: SCRIPT_HEADERS });
}
