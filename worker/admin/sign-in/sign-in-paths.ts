import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { COOKIES } from './cookies.ts';
import { CSRF_HEADER } from './same-origin.ts';
import { exchangeBody } from './sign-in-routes.ts';
import { wishQuery } from './wish.ts';

/** How the cookie of a sign-in stands in the OpenAPI document. */
export const SESSION_SCHEME = {
  type: 'apiKey',
  in: 'cookie',
  name: COOKIES.session,
  description: `A sign-in of a browser; changes need the header \`${CSRF_HEADER}\` and a page of this origin`,
} as const;

const tags = ['sign-in'];
const page = 'A problem document, to be read by the person';
const token = z
  .object({ token: z.string(), space: z.string(), name: z.string(), expiresAt: z.string() })
  .meta({ id: 'SignInToken' });

/** The doors that stand before the gate: browsers go through them, programs need none. */
export function signInPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/admin/sign-in': {
      get: {
        operationId: 'signIn',
        summary: 'Send a browser to the identity provider, or straight in where Cloudflare Access has asked already',
        tags,
        security: [],
        requestParams: { query: wishQuery },
        responses: {
          303: { description: 'To the identity provider, or signed in' },
          400: { description: page },
          403: { description: page },
          404: { description: page },
          429: { description: page },
        },
      },
    },
    '/v1/admin/sign-in/callback': {
      get: {
        operationId: 'signedIn',
        summary: 'Where the identity provider sends the browser back to',
        tags,
        security: [],
        responses: {
          303: { description: 'Signed in' },
          400: { description: page },
          403: { description: page },
          429: { description: page },
        },
      },
    },
    '/v1/admin/sign-in/token': {
      post: {
        operationId: 'takeSignInToken',
        summary: 'Change the code that a command line got for a token of its own',
        tags,
        security: [],
        requestBody: { required: true, content: { 'application/json': { schema: exchangeBody } } },
        responses: {
          200: { description: 'Done', content: { 'application/json': { schema: token } } },
          400: { description: page },
          429: { description: page },
        },
      },
    },
    '/v1/admin/sign-out': {
      post: {
        operationId: 'signOut',
        summary: 'End the session of this browser',
        tags,
        security: [{ operatorSession: [] }],
        responses: { 204: { description: 'Nobody is signed in here' }, 403: { description: page } },
      },
    },
  };
}
