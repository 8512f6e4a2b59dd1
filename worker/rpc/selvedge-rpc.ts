import { WorkerEntrypoint } from 'cloudflare:workers';
import type { PageRequest, PageVisit, SelvedgeBinding } from '../../client-edge/src/contract.ts';
import type { DecideRequest, DecideResponse, InteractRequest, InteractResponse } from '../../core/interaction/wire.ts';
import { createApp } from '../app.ts';
import type { Env } from '../env.ts';
import { answerOf } from './answer-of.ts';
import { openPageVisit } from './page-visit.ts';

const app = createApp();

/** The same doors as HTTP, typed, for Workers of the same account over a service binding. */
export class SelvedgeRpc extends WorkerEntrypoint<Env> implements SelvedgeBinding {
  visitPage(request: PageRequest): Promise<PageVisit> {
    return openPageVisit(request, this.env, (path, init) => this.#post(path, init));
  }

  interact(key: string, request: InteractRequest): Promise<InteractResponse> {
    return this.#ask('/v1/interact', key, request);
  }

  decide(key: string, request: DecideRequest): Promise<DecideResponse> {
    return this.#ask('/v1/decide', key, request);
  }

  async #ask<T>(path: string, key: string, body: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return answerOf<T>(await this.#post(path, { headers, body: JSON.stringify(body) }));
  }

  /** One door: what HTTP checks, caps and logs holds here too. */
  async #post(path: string, init: RequestInit): Promise<Response> {
    return app.fetch(new Request(`https://selvedge.internal${path}`, { ...init, method: 'POST' }), this.env, this.ctx);
  }
}
