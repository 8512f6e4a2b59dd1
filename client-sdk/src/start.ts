import type { SdkConfig } from './config.ts';
import { type CoreClient, init as initCore, once } from './core.ts';
import { addDecisions, type DecideClient, type DecideParts } from './decide.ts';
import { readState } from './inlined-state.ts';
import type { LinkClient } from './visitor-link.ts';

/** What a site may leave out of its file. */
export interface Parts extends DecideParts {
  /** `withVisitorLink` of `/visitor-link`. */
  readonly around?: <C extends CoreClient>(start: () => C) => C;
}

/** Events and decisions together. A second call with the same key gives the same client. */
export function start(
  config: SdkConfig,
  scriptUrl: string | undefined,
  parts: Parts,
): CoreClient & DecideClient & LinkClient {
  return once(config.key, () => {
    const defaultConsent = { ...config.defaultConsent, ...readState()?.consent };
    const begin = (): CoreClient => initCore({ ...config, defaultConsent }, scriptUrl);
    const core = parts.around?.(begin) ?? begin();
    // Without the part for other sites nobody can be taken there.
    return { linkTo: async (url: string) => url, ...core, ...addDecisions(core, config, parts) };
  });
}
