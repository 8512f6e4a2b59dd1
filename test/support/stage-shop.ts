/** The demo shop whose clock a browser test can move ahead. */

// The clock comes first: what follows finds its `Date`.
import type { ShopEnv } from '../../examples/storefront/env.ts';
import shop from '../../examples/storefront/worker.ts';
import { shiftClock } from './shifted-clock.ts';

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default {
  async fetch(request, env, context): Promise<Response> {
    if (new URL(request.url).pathname !== '/stage') return shop.fetch(request, env, context);
    shiftClock((await request.json<{ readonly shiftMs: number }>()).shiftMs);
    return Response.json({ now: Date.now() });
  },
} satisfies ExportedHandler<ShopEnv>;
