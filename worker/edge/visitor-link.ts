import type { Context } from 'hono';
import { visitorLinkRequestSchema } from '../../core/interaction/schema.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import type { Source } from '../../core/ruleset/resources.ts';
import type { AppEnv } from '../app-env.ts';
import { readJsonBody } from '../http/body.ts';
import { type Caller, identifyCaller, keyOf } from '../http/caller.ts';
import { corsHeaders } from '../http/cors.ts';
import { signCrossDomain } from '../http/cross-domain.ts';
import { problem } from '../http/problem.ts';
import { schemaErrors } from '../http/schema-errors.ts';
import { findVisitor, linkTargetOf } from './visitor.ts';

/** `POST /v1/visitor/link`: takes a visitor along to another site of the group. Reads no profile and stores nothing. */
export async function visitorLinkRoute(c: Context<AppEnv>): Promise<Response> {
  const services = c.get('services');
  const request = c.req.raw;
  const body = await readJsonBody(request);
  if (!body.ok) return problem(c, body.error.kind, body.error.extras);
  const proven = await identifyCaller(request, keyOf(request, new URL(c.req.url), body.value.json), services.rulesets);
  if (!proven.ok) return problem(c, proven.error.kind, proven.error.extras);
  const caller = proven.value;
  const refuse = (kind: Parameters<typeof problem>[1], extras: Parameters<typeof problem>[2]) =>
    problem(c, kind, { ...extras, headers: corsHeaders(caller.origin) });
  if (caller.kind !== 'browser')
    return refuse('keyKindNotAllowed', { detail: 'a link is bound to the browser that asks for it' });
  const parsed = visitorLinkRequestSchema.safeParse(body.value.json);
  if (!parsed.success) return refuse('invalid', { errors: schemaErrors(parsed.error.issues) });
  const { target: origin, visitor: sent } = parsed.data;

  const source = sourceAt(origin, caller);
  const target = source && linkTargetOf({ ...caller, source, origin }, request);
  if (!target)
    return refuse('originNotAllowed', {
      detail: 'the target is no allowed origin of a source of the same group and jurisdiction',
    });
  const visitor = await findVisitor(services, caller, request, sent);
  if (!visitor.ok || !visitor.value)
    return refuse('invalidVisitor', { detail: 'there is no visitor yet to be taken along: send an event first' });
  const now = services.now();
  const param = await signCrossDomain(visitor.value.token, target, services.visitorKeys, now);
  c.set('log', { space: caller.space, source: caller.source.id });
  const expiresAt = formatInstant((now + limit('visitorLinkMs')) as Instant);
  return c.json({ param, expiresAt }, 200, { 'cache-control': 'no-store', ...corsHeaders(caller.origin) });
}

/** A source that shares its visitors with the caller and whose pages live at this origin. */
function sourceAt(origin: string, { source, ruleset }: Caller): Source | null {
  for (const each of ruleset.sources.values()) {
    const shares = each.group === source.group && each.jurisdiction === source.jurisdiction;
    if (shares && each.allowedOrigins.includes(origin)) return each;
  }
  return null;
}
