import type { SelvedgeBinding } from './contract.ts';
import { httpBinding } from './http-binding.ts';
import { type PersonalizeOptions, personalizePage } from './personalize.ts';

export interface EdgeOptions {
  /** Write key of the site's source (`wk_…`). */
  readonly key: string;
  /** Service binding to the entrypoint `SelvedgeRpc`; or the address of a Selvedge Worker, for everybody else. */
  readonly selvedge: SelvedgeBinding | string;
}

/** Selvedge for a Worker in front of a site. */
export interface Edge {
  /** Fills the marked elements of the page; see personalize.ts. */
  personalize(
    request: Request,
    response: Response | Promise<Response>,
    placements: readonly string[],
    options?: PersonalizeOptions,
  ): Promise<Response>;
  /** The typed calls, for a server with a server key. */
  readonly selvedge: SelvedgeBinding;
}

export function createEdge({ key, selvedge }: EdgeOptions): Edge {
  const binding = typeof selvedge === 'string' ? httpBinding(selvedge) : selvedge;
  return {
    selvedge: binding,
    personalize: (request, response, placements, options) =>
      personalizePage(binding, key, request, response, placements, options),
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
} from './contract.ts';
export { originRequest } from './origin-request.ts';
export type { PersonalizeOptions } from './personalize.ts';
