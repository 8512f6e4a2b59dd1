import type { SdkConfig } from './config.ts';
import type { CoreClient } from './core.ts';
import type { DecideClient } from './decide.ts';
import { domPlans as plans } from './dom.ts';
import { startEarly as early } from './early.ts';
import type { HtmlPolicy } from './html.ts';
import { start } from './start.ts';
import { withVisitorLink as around, type LinkClient } from './visitor-link.ts';

export type { SdkConfig } from './config.ts';
export type { CoreClient, EventData, SdkError, SdkEvents, SdkListener } from './core.ts';
export type {
  ContentOf,
  DecideClient,
  DecideOptions,
  Decision,
  InlinedState,
  PlacementId,
  Proposition,
} from './decide.ts';
export type { DomAction } from './dom.ts';
export type { LinkClient } from './visitor-link.ts';

export type Client = CoreClient & DecideClient & LinkClient;

/** Everything together: events, decisions, DOM actions and links to other sites. A second call with the same key gives the same client. */
export function init(config: SdkConfig, scriptUrl?: string, policy?: HtmlPolicy): Client {
  return start(config, scriptUrl, { policy, plans, early, around });
}
