import { Hono } from 'hono';
import { mountAdmin } from './admin/mount.ts';
import type { AppEnv } from './app-env.ts';
import { browserRulesRoute } from './edge/browser-rules.ts';
import { decideRoute } from './edge/decide.ts';
import { healthzRoute } from './edge/healthz.ts';
import { collectRoute, interactRoute } from './edge/interact.ts';
import { preflightRoute } from './edge/preflight.ts';
import { sdkRoute } from './edge/sdk.ts';
import { sdkProgramRoute } from './edge/sdk-programs.ts';
import { visitorLinkRoute } from './edge/visitor-link.ts';
import { whyRoute } from './edge/why.ts';
import type { Env } from './env.ts';
import { problem } from './http/problem.ts';
import { createRequestId } from './http/request-id.ts';
import { logLine } from './observe/log.ts';
import { openapiDocument } from './openapi.ts';
import { type Services, servicesOf } from './services.ts';

/** The whole HTTP surface. Routes only translate between HTTP and the functions below them. */
export function createApp(services: (env: Env) => Services = servicesOf): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const held = services(c.env);
    const startedAt = held.now();
    c.set('services', held);
    c.set('requestId', createRequestId(held.randomBytes, startedAt));
    await next();
    const failed = c.res.status >= 500;
    if (held.logAll || failed) {
      logLine({
        kind: 'request',
        requestId: c.get('requestId'),
        route: c.req.path,
        method: c.req.method,
        status: c.res.status,
        ms: held.now() - startedAt,
        ...c.get('log'),
      });
    }
  });
  app.post('/v1/interact', interactRoute);
  app.post('/v1/collect', collectRoute);
  app.post('/v1/decide', decideRoute);
  app.post('/v1/visitor/link', visitorLinkRoute);
  app.post('/v1/why', whyRoute);
  app.get('/v1/rules/browser', browserRulesRoute);
  app.options('/v1/*', preflightRoute);
  app.get('/sdk.js', sdkRoute);
  app.get('/:script{sdk-[a-z-]+\\.js}', sdkProgramRoute);
  app.get('/healthz', healthzRoute);
  app.get('/openapi.json', (c) => c.json(openapiDocument(), 200, { 'cache-control': 'public, max-age=300' }));
  mountAdmin(app);
  app.notFound((c) => problem(c, 'notFound', { detail: 'see /openapi.json for what is here' }));
  app.onError((error, c) => {
    logLine({
      kind: 'bug',
      requestId: c.get('requestId'),
      route: c.req.path,
      error: error.name,
      at: firstFrame(error),
    });
    return problem(c, 'internal');
  });
  return app;
}

/** Where it broke, without the message: messages may quote data. */
function firstFrame(error: Error): string {
  return error.stack?.split('\n')[1]?.trim().slice(0, 200) ?? '';
}
