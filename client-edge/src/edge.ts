import type { SelvedgeBinding } from './contract.ts';
import { httpBinding } from './http-binding.ts';
import { type Origin, type PersonalizeOptions, personalizePage } from './personalize.ts';
import { type ShellOptions, shellFor } from './shell.ts';

export interface EdgeOptions {
  /** Write key of the site's source (`wk_…`). */
  readonly key: string;
  /** Service binding to the entrypoint `SelvedgeRpc`; or the address of a Selvedge Worker, for everybody else. */
  readonly selvedge: SelvedgeBinding | string;
  /** With an address only: hosts that redirects may lead to, besides the page's own. A service binding goes by the source's allowed origins. */
  readonly redirectHosts?: readonly string[];
}

/** Selvedge for a Worker in front of a site. */
export interface Edge {
  /** Fills the marked elements of the page; see personalize.ts. */
  personalize(
    request: Request,
    response: Origin,
    placements: readonly string[],
    options?: PersonalizeOptions,
  ): Promise<Response>;
  /** The same over a page that is everybody's and comes from a cache where it can; see shell.ts. `origin` must send the request that it is given. */
  personalizeShell(
    request: Request,
    origin: (request: Request) => Promise<Response>,
    placements: readonly string[],
    options: PersonalizeOptions & ShellOptions,
  ): Promise<Response>;
  /** The typed calls, for a server with a server key. */
  readonly selvedge: SelvedgeBinding;
}

export function createEdge({ key, selvedge, redirectHosts }: EdgeOptions): Edge {
  const binding = typeof selvedge === 'string' ? httpBinding(selvedge, fetch, redirectHosts) : selvedge;
  return {
    selvedge: binding,
    personalize: (request, response, placements, options) =>
      personalizePage(binding, key, request, response, placements, options),
    personalizeShell: (request, origin, placements, options) =>
      personalizePage(binding, key, request, shellFor(request, origin, options), placements, options),
  };
}

export type {
  DecideRequest,
  DecideResponse,
  InteractRequest,
  InteractResponse,
  PageRequest,
  PageVisit,
  Proposition,
  SelvedgeBinding,
  VisitorSignals,
} from './contract.ts';
export { originRequest } from './origin-request.ts';
export { visitorSignals } from './page-request.ts';
export type { PersonalizeOptions } from './personalize.ts';
export type { FormatValue } from './row-template.ts';
export type { ShellOptions } from './shell.ts';
