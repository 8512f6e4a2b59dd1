import type { Context } from 'hono';
import consentMode from '../../client-sdk/dist/sdk-consent-mode.txt';
import debug from '../../client-sdk/dist/sdk-debug.txt';
import local from '../../client-sdk/dist/sdk-local.txt';
import tcf from '../../client-sdk/dist/sdk-tcf.txt';
import type { AppEnv } from '../app-env.ts';
import { problem } from '../http/problem.ts';
import { readBrowserRules } from './browser-rules.ts';
import { scriptSafe } from './script-safe.ts';
import { SCRIPT_HEADERS } from './sdk.ts';

const LOCAL = '/sdk-local.js';
const PROGRAMS: Readonly<Record<string, string>> = {
  '/sdk-debug.js': debug,
  [LOCAL]: local,
  '/sdk-tcf.js': tcf,
  '/sdk-consent-mode.js': consentMode,
};

/** `GET /sdk-<program>.js`: what a page loads beside sdk.js, from the same origin, when it wants it. The same for everybody, so without a key; with one, sdk-local.js brings the rules for browsers along. */
export async function sdkProgramRoute(c: Context<AppEnv>): Promise<Response> {
  const { path } = c.req;
  const text = Object.hasOwn(PROGRAMS, path) ? PROGRAMS[path] : undefined;
  if (text === undefined)
    return problem(c, 'notFound', { detail: `the programs are ${Object.keys(PROGRAMS).join(', ')}` });
  if (path !== LOCAL || c.req.query('key') === undefined) return new Response(text, { headers: SCRIPT_HEADERS });
  const rules = await readBrowserRules(c, LOCAL);
  if (!rules.ok) return rules.error;
  return new Response(`${text}selvedgeLocal.rules=${scriptSafe(rules.value)};\n`, { headers: SCRIPT_HEADERS });
}
