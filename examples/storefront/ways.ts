import { type Html, jsonBlock, trusted } from './html.ts';

/** How a part of a page gets what Selvedge decides. The shop uses each where it fits best, and every page says which. */
export const WAYS = {
  personalize: 'personalize() fills the page while it streams, over RPC',
  rpc: 'a typed call over the service binding, before the page is sent',
  http: 'POST /v1/interact with the server key',
  sdk: 'the browser SDK',
} as const;
export type Way = keyof typeof WAYS;

/** By part of the page: a placement, or what else is asked for. */
export type Ways = Readonly<Record<string, Way>>;

/** For people who read the source. No part's name and no text holds two dashes. */
export function waysComment(ways: Ways): Html {
  const lines = Object.entries(ways).map(([part, way]) => `  ${part}: ${WAYS[way]}`);
  return trusted(`<!-- Selvedge on this page\n${lines.join('\n')}\n-->`);
}

/** For the panel. */
export function waysBlock(ways: Ways): Html {
  const told = Object.entries(ways).map(([part, way]) => ({ part, way, how: WAYS[way] }));
  return jsonBlock('page-ways', told);
}
