import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { openapiDocument } from './openapi-document.ts';

/** `GET /openapi.json`: made from the same schemas that check requests. */
export function openapiRoute(c: Context<AppEnv>): Response {
  return c.json(openapiDocument(), 200, { 'cache-control': 'public, max-age=300' });
}
