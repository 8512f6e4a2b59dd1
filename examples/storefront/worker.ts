import type { ShopEnv } from './env.ts';
import { router } from './router.ts';
import { passThrough } from './selvedge-client.ts';
import { openVisit } from './visit.ts';

export default {
  async fetch(request, env, context): Promise<Response> {
    if (new URL(request.url).pathname.startsWith('/_selvedge/')) return passThrough(request, env);
    // HEAD is GET without the body; Workers drop it.
    const asked = request.method === 'HEAD' ? new Request(request, { method: 'GET' }) : request;
    return router.fetch(asked, await openVisit(asked, env, context));
  },
} satisfies ExportedHandler<ShopEnv>;
