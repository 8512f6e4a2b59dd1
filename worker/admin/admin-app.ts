import { type Context, Hono } from 'hono';
import { type ProblemKind, problem } from '../http/problem.ts';
import { logLine } from '../observe/log.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { archiveRoutes } from './archive.ts';
import { archiveTogetherRoutes } from './archive-together.ts';
import { auditRoutes } from './audit.ts';
import { catalogueRoutes } from './catalogue.ts';
import { changeSetItemRoutes } from './change-set-items.ts';
import { changeSetPublishRoutes } from './change-set-publish.ts';
import { changeSetRoutes } from './change-sets.ts';
import { copyRoutes } from './copy-resource.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { decisionRoutes } from './decisions.ts';
import { diffRoutes } from './diff.ts';
import { experimentResultRoutes } from './experiment-results.ts';
import { explainRoutes } from './explain.ts';
import { freezeRoutes } from './freeze.ts';
import { gradualRoutes } from './gradual.ts';
import { createGuessLimit } from './guess-limit.ts';
import { liveRoutes } from './live.ts';
import { createGate, type KnownOperator, placeOf } from './operator-auth.ts';
import { operatorRoutes } from './operators.ts';
import { peopleRoutes } from './people.ts';
import { peopleDataRoutes } from './people-data.ts';
import { peopleHealthRoutes } from './people-health.ts';
import { publishingRoutes } from './publishing.ts';
import { readBody, readQuery } from './read-request.ts';
import { reconcileRoutes } from './reconcile.ts';
import { reportRoutes } from './reports.ts';
import { resourceListRoutes } from './resource-lists.ts';
import { resourceUsesRoutes } from './resource-uses.ts';
import { resourceRoutes } from './resources.ts';
import { refusalOf } from './roles.ts';
import type { AdminAnswer, Operation, Route } from './route.ts';
import { lineageRoutes } from './rule-lineage.ts';
import { ruleRoutes } from './rules.ts';
import { segmentMemberRoutes } from './segment-members.ts';
import { serverKeyRoutes } from './server-keys.ts';
import { sessionRoutes } from './sessions.ts';
import { shadowRunRoutes } from './shadow-runs.ts';
import { mountSignIn } from './sign-in/sign-in-routes.ts';
import { sweepRoutes } from './sweeps.ts';
import { trackingReportRoutes } from './tracking-report.ts';
import { versionRoutes } from './versions.ts';

interface AdminEnv {
  Variables: { requestId: string; operator: KnownOperator };
}

const ROUTES: readonly Route[] = [
  ...resourceListRoutes,
  ...resourceRoutes,
  ...versionRoutes,
  ...copyRoutes,
  ...resourceUsesRoutes,
  ...archiveRoutes,
  ...archiveTogetherRoutes,
  ...serverKeyRoutes,
  ...ruleRoutes,
  ...lineageRoutes,
  ...explainRoutes,
  ...decisionRoutes,
  ...experimentResultRoutes,
  ...catalogueRoutes,
  ...peopleRoutes,
  ...peopleDataRoutes,
  ...peopleHealthRoutes,
  ...operatorRoutes,
  ...sessionRoutes,
  ...publishingRoutes,
  ...freezeRoutes,
  ...changeSetRoutes,
  ...changeSetItemRoutes,
  ...changeSetPublishRoutes,
  ...diffRoutes,
  ...shadowRunRoutes,
  ...segmentMemberRoutes,
  ...sweepRoutes,
  ...auditRoutes,
  ...reportRoutes,
  ...reconcileRoutes,
  ...gradualRoutes,
  ...liveRoutes,
  ...deadLetterRoutes,
  ...trackingReportRoutes,
];

/** Names and texts that operators gave come back as they are, so nothing here is ever read as a page, or by one of another site. */
const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Every operation of the operator API, as data: the OpenAPI document is made of it. Paths are below `/v1/admin`. */
export const ADMIN_OPERATIONS: readonly Operation[] = ROUTES.map((each) => each.operation);

/** The operator API, to be mounted at `/v1/admin`. Takes `requestId` from the context when the outer app has set it. */
export function createAdminApp(servicesOf: (c: Context) => AdminServices): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const guesses = createGuessLimit();
  const gate = createGate(guesses);
  app.use(async (c, next) => {
    if (!c.get('requestId')) c.set('requestId', crypto.randomUUID());
    await next();
    c.header('x-request-id', c.get('requestId'));
    c.header('cache-control', 'no-store');
    for (const [name, value] of Object.entries(GUARDS)) c.header(name, value);
  });
  mountSignIn(app, servicesOf, guesses);
  app.use(async (c, next) => {
    const known = await gate(c.req.raw, servicesOf(c), (work) => c.executionCtx.waitUntil(work));
    if (!known.ok) return answer(c.get('requestId'), known.error);
    c.set('operator', known.value);
    await next();
    return undefined;
  });
  for (const { operation, handle } of ROUTES) {
    app.on(operation.method.toUpperCase(), honoPath(operation), async (c) => {
      const requestId = c.get('requestId');
      const operator = c.get('operator');
      // Before anything of the request is looked at.
      const refusal = refusalOf(operator, operation);
      if (refusal) return problem(requestId, 'forbidden', refusal);
      const query = readQuery(c.req.raw, operation);
      const body = query.ok
        ? await readBody(c.req.raw, operation, operation.method === 'put' ? c.req.param('id') : undefined)
        : query;
      if (!query.ok || !body.ok) return answer(requestId, body.ok ? { problem: 'internal' } : body.error);
      const { space, name } = operator;
      const services = servicesOf(c);
      const from = await placeOf(c.req.raw, services);
      const call = {
        services,
        space,
        actor: { name, requestId, ...(from === null ? {} : { from }) },
        operator,
        param: (member: string) => c.req.param(member) ?? '',
        header: (member: string) => c.req.header(member),
        goOn: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
        query: query.value,
        body: body.value,
      };
      return answer(requestId, await handle(call as Parameters<typeof handle>[0]));
    });
  }
  for (const [path, allow] of methodsByPath()) {
    app.all(path, (c) => problem(c.get('requestId'), 'methodNotAllowed', { allow }));
  }
  app.notFound((c) => problem(c.get('requestId') ?? crypto.randomUUID(), 'notFound'));
  app.onError((error, c) => {
    // The message may repeat a statement and its values; the name may not.
    logLine({ kind: 'error', route: 'admin', requestId: c.get('requestId'), error: error.name });
    return problem(c.get('requestId') ?? crypto.randomUUID(), 'internal');
  });
  // Without a wildcard a sub-app's own notFound is not asked once it is mounted.
  app.all('*', (c) => problem(c.get('requestId'), 'notFound'));
  return app;
}

function answer(requestId: string, result: AdminAnswer): Response {
  if ('problem' in result) return problem(requestId, result.problem satisfies ProblemKind, result.extras);
  if ('stream' in result) return new Response(result.stream, { headers: { 'content-type': result.type } });
  const { status, body, headers } = result;
  return body === undefined
    ? new Response(null, { status, ...(headers ? { headers } : {}) })
    : Response.json(body, { status, ...(headers ? { headers } : {}) });
}

function honoPath({ path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { operation } of ROUTES) {
    methods.set(honoPath(operation), [...(methods.get(honoPath(operation)) ?? []), operation.method.toUpperCase()]);
  }
  return methods;
}
