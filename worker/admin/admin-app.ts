import { type Context, Hono } from 'hono';
import { type ProblemKind, problem } from '../http/problem.ts';
import { logLine } from '../observe/log.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { auditRoutes } from './audit.ts';
import { catalogueRoutes } from './catalogue.ts';
import { decisionRoutes } from './decisions.ts';
import { experimentResultRoutes } from './experiment-results.ts';
import { explainRoutes } from './explain.ts';
import { createGate, type KnownOperator, placeOf } from './operator-auth.ts';
import { operatorRoutes } from './operators.ts';
import { peopleRoutes } from './people.ts';
import { peopleDataRoutes } from './people-data.ts';
import { peopleHealthRoutes } from './people-health.ts';
import { publishingRoutes } from './publishing.ts';
import { readBody, readQuery } from './read-request.ts';
import { reconcileRoutes } from './reconcile.ts';
import { reportRoutes } from './reports.ts';
import { resourceRoutes } from './resources.ts';
import { refusalOf } from './roles.ts';
import type { AdminAnswer, Operation, Route } from './route.ts';
import { lineageRoutes } from './rule-lineage.ts';
import { ruleRoutes } from './rules.ts';
import { serverKeyRoutes } from './server-keys.ts';

interface AdminEnv {
  Variables: { requestId: string; operator: KnownOperator };
}

const ROUTES: readonly Route[] = [
  ...resourceRoutes,
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
  ...publishingRoutes,
  ...auditRoutes,
  ...reportRoutes,
  ...reconcileRoutes,
];

/** Every operation of the operator API, as data: the OpenAPI document is made of it. Paths are below `/v1/admin`. */
export const ADMIN_OPERATIONS: readonly Operation[] = ROUTES.map((each) => each.operation);

/** The operator API, to be mounted at `/v1/admin`. Takes `requestId` from the context when the outer app has set it. */
export function createAdminApp(servicesOf: (c: Context) => AdminServices): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const gate = createGate();
  app.use(async (c, next) => {
    if (!c.get('requestId')) c.set('requestId', crypto.randomUUID());
    const known = await gate(c.req.raw, servicesOf(c), (work) => c.executionCtx.waitUntil(work));
    if (!known.ok) return answer(c.get('requestId'), known.error);
    c.set('operator', known.value);
    await next();
    c.header('x-request-id', c.get('requestId'));
    c.header('cache-control', 'no-store');
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
