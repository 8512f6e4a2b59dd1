import type { SdkConfig } from './config.ts';
import { type CoreClient, init as initCore, once } from './core.ts';
import { addDecisions, type DecideClient, type DecideParts } from './decide.ts';
import { readState } from './inlined-state.ts';

/** What a site may leave out of its file. */
export interface Parts extends DecideParts {
  /** `withVisitorLink` of `/visitor-link`. */
  readonly around?: <C extends CoreClient>(start: () => C) => C;
}

/** Events and decisions together. A second call with the same key gives the same client. */
export function start(config: SdkConfig, scriptUrl: string | undefined, parts: Parts): CoreClient & DecideClient {
  return once(config.key, () => {
    const defaultConsent = { ...config.defaultConsent, ...readState()?.consent };
    const begin = (): CoreClient => initCore({ ...config, defaultConsent }, scriptUrl);
    const core = parts.around?.(begin) ?? begin();
    return { ...core, ...addDecisions(core, config, parts) };
  });
}
