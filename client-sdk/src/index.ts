import type { SdkConfig } from './config.ts';
import { type CoreClient, init as initCore, once } from './core.ts';
import { addDecisions, type DecideClient } from './decide.ts';
import type { HtmlPolicy } from './html.ts';
import { type LinkClient, withVisitorLink } from './visitor-link.ts';

export type { SdkConfig } from './config.ts';
export type { CoreClient, EventData, SdkError, SdkEvents, SdkListener } from './core.ts';
export type { DecideClient, DecideOptions, Proposition } from './decide.ts';
export type { LinkClient } from './visitor-link.ts';

export type Client = CoreClient & DecideClient & LinkClient;

/** Events, decisions and links to other sites together. A second call with the same key gives the same client. */
export function init(config: SdkConfig, scriptUrl?: string, policy?: HtmlPolicy): Client {
  return once(config.key, () => {
    const core = withVisitorLink(() => initCore(config, scriptUrl));
    return { ...core, ...addDecisions(core, policy) };
  });
}
