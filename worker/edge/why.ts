import type { Context } from 'hono';
import { causesOf, whyLanguage, whyText } from '../../core/decision/why.ts';
import { whyRequestSchema } from '../../core/interaction/schema.ts';
import type { AppEnv } from '../app-env.ts';
import { readJsonBody } from '../http/body.ts';
import { identifyCaller, keyOf } from '../http/caller.ts';
import { corsHeaders } from '../http/cors.ts';
import { acceptedLanguages } from '../http/languages.ts';
import { problem } from '../http/problem.ts';
import { schemaErrors } from '../http/schema-errors.ts';

/**
 * `POST /v1/why`: "why am I seeing this", for the visitor, in plain words. Works from the proposition that the page holds and the live rules; reads no profile, stores
 * nothing, and names nothing of the visitor.
 */
export async function whyRoute(c: Context<AppEnv>): Promise<Response> {
  const request = c.req.raw;
  const body = await readJsonBody(request);
  if (!body.ok) return problem(c, body.error.kind, body.error.extras);
  const proven = await identifyCaller(
    request,
    keyOf(request, new URL(c.req.url), body.value.json),
    c.get('services').rulesets,
  );
  if (!proven.ok) return problem(c, proven.error.kind, proven.error.extras);
  const { origin, ruleset, space, source } = proven.value;
  const headers = { 'cache-control': 'no-store', ...corsHeaders(origin) };
  const parsed = whyRequestSchema.safeParse(body.value.json);
  if (!parsed.success) {
    return problem(c, 'invalid', { errors: schemaErrors(parsed.error.issues), headers: corsHeaders(origin) });
  }
  const { proposition, language } = parsed.data;
  const languages = language === undefined ? acceptedLanguages(request.headers.get('accept-language')) : [language];
  c.set('log', { space, source: source.id });
  const text = whyText(proposition, ruleset, languages);
  return c.json({ text, language: whyLanguage(languages), causes: causesOf(proposition, ruleset) }, 200, headers);
}
