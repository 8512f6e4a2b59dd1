import { WorkerEntrypoint } from 'cloudflare:workers';
import type { PageRequest, PageVisit, SelvedgeBinding, VisitorSignals } from '../../client-edge/src/contract.ts';
import type { DecideRequest, DecideResponse, InteractRequest, InteractResponse } from '../../core/interaction/wire.ts';
import { createApp } from '../app.ts';
import type { Env } from '../env.ts';
import { answerOf } from './answer-of.ts';
import { openPageVisit } from './page-visit.ts';

const app = createApp();

/** The headers that a caller may set for the visitor whom the call is about. */
const SIGNALS = ['sec-gpc', 'sec-purpose', 'purpose', 'x-moz'] as const satisfies readonly (keyof VisitorSignals)[];

/** The same doors as HTTP, typed, for Workers of the same account over a service binding. */
export class SelvedgeRpc extends WorkerEntrypoint<Env> implements SelvedgeBinding {
  visitPage(request: PageRequest): Promise<PageVisit> {
    return openPageVisit(request, this.env, (path, init) => this.#post(path, init));
  }

  interact(key: string, request: InteractRequest, signals?: VisitorSignals): Promise<InteractResponse> {
    return this.#ask('/v1/interact', key, request, signals);
  }

  decide(key: string, request: DecideRequest, signals?: VisitorSignals): Promise<DecideResponse> {
    return this.#ask('/v1/decide', key, request, signals);
  }

  async #ask<T>(path: string, key: string, body: unknown, signals: VisitorSignals = {}): Promise<T> {
    const headers = new Headers({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });
    for (const name of SIGNALS) {
      const value = signals[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    return answerOf<T>(await this.#post(path, { headers, body: JSON.stringify(body) }));
  }

  /** One door: what HTTP checks, caps and logs holds here too. */
  async #post(path: string, init: RequestInit): Promise<Response> {
    return app.fetch(new Request(`https://selvedge.internal${path}`, { ...init, method: 'POST' }), this.env, this.ctx);
  }
}
