import type { Context } from 'hono';
import consentMode from '../../client-sdk/dist/sdk-consent-mode.txt';
import debug from '../../client-sdk/dist/sdk-debug.txt';
import local from '../../client-sdk/dist/sdk-local.txt';
import tcf from '../../client-sdk/dist/sdk-tcf.txt';
import type { AppEnv } from '../app-env.ts';
import { problem } from '../http/problem.ts';
import { SCRIPT_HEADERS } from './sdk.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  '/sdk-debug.js': debug,
  '/sdk-local.js': local,
  '/sdk-tcf.js': tcf,
  '/sdk-consent-mode.js': consentMode,
};

/** `GET /sdk-<program>.js`: what a page loads beside sdk.js, from the same origin, when it wants it. The same for everybody, so without a key. */
export function sdkProgramRoute(c: Context<AppEnv>): Response {
  const text = Object.hasOwn(PROGRAMS, c.req.path) ? PROGRAMS[c.req.path] : undefined;
  if (text === undefined)
    return problem(c, 'notFound', { detail: `the programs are ${Object.keys(PROGRAMS).join(', ')}` });
  return new Response(text, { headers: SCRIPT_HEADERS });
}
