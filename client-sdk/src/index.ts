import type { SdkConfig } from './config.ts';
import { type CoreClient, init as initCore, once } from './core.ts';
import { addDecisions, type DecideClient } from './decide.ts';
import type { HtmlPolicy } from './html.ts';

export type { SdkConfig } from './config.ts';
export type { CoreClient, EventData, SdkError, SdkEvents, SdkListener } from './core.ts';
export type { DecideClient, DecideOptions, Proposition } from './decide.ts';

export type Client = CoreClient & DecideClient;

/** Events and decisions together. A second call with the same key gives the same client. */
export function init(config: SdkConfig, scriptUrl?: string, policy?: HtmlPolicy): Client {
  return once(config.key, () => {
    const core = initCore(config, scriptUrl);
    return { ...core, ...addDecisions(core, policy) };
  });
}
