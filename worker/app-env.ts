import type { Env } from './env.ts';
import type { Services } from './services.ts';

/** What Hono carries through a request. */
export interface AppEnv {
  readonly Bindings: Env;
  readonly Variables: {
    services: Services;
    requestId: string;
    /** Members of the one log line of this request. */
    log: Readonly<Record<string, string | number | boolean | null>>;
  };
}
