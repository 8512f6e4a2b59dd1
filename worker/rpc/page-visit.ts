import type { PageRequest, PageVisit } from '../../client-edge/src/contract.ts';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import { redirectHosts } from '../../core/ruleset/redirect-hosts.ts';
import type { Source } from '../../core/ruleset/resources.ts';
import { findVisitor, mintVisitor, renewedToken } from '../edge/visitor.ts';
import type { Env } from '../env.ts';
import { identifyCaller } from '../http/caller.ts';
import { remembersRefusal, VISITOR_COOKIE, visitorCookie } from '../http/cookies.ts';
import { enrich } from '../http/enrich.ts';
import { servicesOf } from '../services.ts';
import { answerOf } from './answer-of.ts';

type Post = (path: string, init: RequestInit<IncomingRequestCfProperties>) => Promise<Response>;

/**
 * Begins the visit of a page. Who comes without a cookie gets a device here and now, by signing alone, so that the page's headers need not wait for any
 * object; whatever the profile says about it later goes with the next answer that can set a cookie.
 */
export async function openPageVisit(page: PageRequest, env: Env, post: Post): Promise<PageVisit> {
  const services = servicesOf(env);
  const headers = new Headers(page.headers);
  const url = new URL(page.url);
  headers.set('origin', url.origin);
  const cf = page.cf as IncomingRequestCfProperties | undefined;
  const request = new Request<unknown, IncomingRequestCfProperties>(url, { headers, ...(cf && { cf }) });
  const caller = await identifyCaller(request, page.key, services.rulesets);
  if (!caller.ok) throw new Error(caller.error.extras?.detail ?? `not a key that may ask here: ${caller.error.kind}`);
  const { bot, prefetch } = enrich(request, {}, false);
  let setCookie: string | null = null;
  // Only sources in cookie mode have a cookie; bots and prefetches make nobody, and so does whoever has still to agree to something.
  if (!bot && !prefetch && caller.value.source.identityMode === 'cookie') {
    const found = await findVisitor(services, caller.value, request, undefined);
    const isNobody = !found.ok || found.value === null;
    const { space, source } = caller.value;
    if (
      isNobody &&
      mayKnow(source) &&
      !remembersRefusal(request) &&
      (await services.mayMint(space, source.id, headers.get('cf-connecting-ip') ?? 'local'))
    ) {
      const visitor = await mintVisitor(services, caller.value, request, undefined);
      const token = await renewedToken(services, caller.value, visitor, null);
      if (token) {
        setCookie = visitorCookie(token, source);
        headers.set('cookie', `${VISITOR_COOKIE}=${token}`);
      }
    }
  }
  const body = JSON.stringify({
    key: page.key,
    placements: page.placements,
    events: page.events ?? [],
    context: { page: { url: page.url } },
    ...(page.preview === undefined ? {} : { preview: page.preview }),
  });
  headers.set('content-type', 'application/json');
  let answer: Promise<InteractResponse> | null = null;
  // Plain, so that the cookie comes with the first answer: to ask an object for it would be another call, and the page's headers wait for it.
  return {
    setCookie,
    redirectHosts: redirectHosts(caller.value.source),
    answer: () => {
      answer ??= post('/v1/interact', { headers, body, ...(cf && { cf }) }).then((response) =>
        answerOf<InteractResponse>(response),
      );
      return answer;
    },
  };
}

/** Where the source asks before it collects, a visitor gets an id when they have agreed: the SDK's first request after that brings it. */
function mayKnow({ defaultConsent }: Pick<Source, 'defaultConsent'>): boolean {
  const { necessary: _, ...asked } = defaultConsent;
  const choices = Object.values(asked);
  return choices.length === 0 || choices.includes('in');
}
