import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathItemObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { EVENT_TYPES } from '../core/event/registry.ts';
import { eventSchema } from '../core/event/schema.ts';
import {
  collectResponseSchema,
  decideResponseSchema,
  interactResponseSchema,
} from '../core/interaction/response.schema.ts';
import {
  collectRequestSchema,
  decideRequestSchema,
  interactRequestSchema,
  visitorLinkRequestSchema,
  whyRequestSchema,
} from '../core/interaction/schema.ts';
import { LIMITS } from '../core/lib/limits.ts';
import { ADMIN_OPERATIONS } from './admin/admin-app.ts';
import { PERMISSIONS, type Permission, rolesWith } from './admin/roles.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS } from './admin/route.ts';
import { SESSION_SCHEME, signInPaths } from './admin/sign-in/sign-in-paths.ts';
import { PROBLEMS, type ProblemKind } from './http/problem.ts';

const problemSchema = z
  .looseObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().meta({ description: 'The request id' }),
    errors: z
      .array(
        z.object({
          pointer: z.string(),
          code: z.string(),
          detail: z.string(),
          line: z.int().optional().meta({ description: 'In rule text, from 1' }),
          column: z.int().optional().meta({ description: 'In rule text, from 1, in UTF-16 units' }),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

const PUBLIC_PROBLEMS: readonly ProblemKind[] = [
  'badRequest',
  'malformedJson',
  'missingKey',
  'unknownKey',
  'invalidVisitor',
  'invalidProof',
  'originNotAllowed',
  'keyKindNotAllowed',
  'tooLarge',
  'unsupportedMediaType',
  'invalid',
  'limited',
  'unavailable',
  'internal',
];

let made: unknown = null;

/** The OpenAPI 3.1 document of everything that this Worker answers. Made once per isolate, on demand. */
export function openapiDocument(): unknown {
  made ??= createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Selvedge',
      version: '0.1.0',
      // Folded: whoever opens the page looks for an operation.
      description: `Edge personalization and event collection.\n\n<details><summary>Limits</summary>\n\n${limitsTable()}\n\n</details>`,
    },
    paths: { ...publicPaths(), ...signInPaths(), ...adminPaths() },
    components: {
      securitySchemes: {
        writeKey: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description: '`wk_…`, public; counts only with an allowed Origin',
        },
        serverKey: { type: 'http', scheme: 'bearer', description: '`sk_…`, a secret of your servers' },
        operatorToken: { type: 'http', scheme: 'bearer', description: '`op_…`, a secret of one operator' },
        operatorSession: SESSION_SCHEME,
      },
    },
  });
  return made;
}

function publicPaths(): ZodOpenApiPathsObject {
  const events = z.array(eventSchema).max(LIMITS.requestEvents.value).meta({ description: eventTypesText() });
  return {
    '/v1/interact': {
      post: operation('interact', 'Events and wanted placements in, propositions that reflect those events out', {
        body: interactRequestSchema.extend({ events: events.optional() }),
        answer: interactResponseSchema,
        security: ['writeKey', 'serverKey'],
      }),
    },
    '/v1/collect': {
      post: operation('collect', 'Events only; a server may name many people', {
        body: collectRequestSchema.extend({ events }),
        answer: collectResponseSchema,
        security: ['writeKey', 'serverKey'],
      }),
    },
    '/v1/decide': {
      post: operation('decide', 'What a server would show this person now; writes no event', {
        body: decideRequestSchema,
        answer: decideResponseSchema,
        security: ['serverKey'],
      }),
    },
    '/v1/visitor/link': {
      post: operation('linkVisitor', 'A link that carries this visitor to another site of the group, for a minute', {
        body: visitorLinkRequestSchema,
        answer: z
          .object({
            param: z
              .string()
              .meta({ description: 'Append it to the address; the page there sends it as `visitorLink`' }),
            expiresAt: z.string(),
          })
          .meta({ id: 'VisitorLink' }),
        security: ['writeKey'],
      }),
    },
    '/v1/why': {
      post: operation('why', 'Why a visitor sees a proposition, in plain words of their language', {
        body: whyRequestSchema,
        answer: z
          .object({
            text: z.string(),
            language: z.string().meta({ description: 'Of the text: en, or ko' }),
            causes: z.array(z.string()),
          })
          .meta({ id: 'Why' }),
        security: ['writeKey', 'serverKey'],
      }),
    },
    '/v1/rules/browser': {
      get: {
        operationId: 'browserRules',
        tags: ['public'],
        summary: 'The segments that pages evaluate themselves, for createLocal of the SDK from npm',
        security: [{ writeKey: [] }],
        responses: {
          200: { description: 'Done', content: { 'application/json': { schema: browserRulesSchema } } },
          ...problems(['missingKey', 'unknownKey']),
        },
      },
    },
    '/sdk.js': script('sdk', 'The browser SDK with the configuration of this source inside', ['writeKey']),
    '/sdk-local.js': script(
      'sdkLocal',
      'Segments evaluated in the page: with a key the rules of those that are marked for browsers inside, without one the run-time alone',
      ['writeKey', null],
    ),
    '/sdk-debug.js': script('sdkDebug', 'The overlay for operators, beside sdk.js', [null]),
    '/sdk-tcf.js': script('sdkTcf', 'Consent from a TCF 2.x platform, beside sdk.js', [null]),
    '/sdk-consent-mode.js': script('sdkConsentMode', 'From and to Consent Mode v2 of Google, beside sdk.js', [null]),
    '/healthz': {
      get: {
        operationId: 'health',
        tags: ['public'],
        summary: 'The Worker runs',
        responses: {
          200: {
            description: 'Fine',
            content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
          },
        },
      },
    },
  };
}

const browserRulesSchema = z
  .object({
    sequence: z.int().meta({ description: 'Of the ruleset that they are of' }),
    program: z
      .looseObject({})
      .nullable()
      .meta({ description: 'For createLocal, its form is its own; null: no segment is marked for browsers' }),
  })
  .meta({ id: 'BrowserRules' });

/** A script that pages load; null stands for no key. */
function script(operationId: string, summary: string, keys: readonly ('writeKey' | null)[]): ZodOpenApiPathItemObject {
  const needsKey = keys.some((key) => key !== null);
  return {
    get: {
      operationId,
      tags: ['public'],
      summary,
      security: keys.map((key) => (key === null ? {} : { [key]: [] })),
      responses: {
        200: { description: 'JavaScript', content: { 'text/javascript': { schema: z.string() } } },
        ...(needsKey ? problems(['missingKey', 'unknownKey']) : {}),
      },
    },
  };
}

function operation(
  id: string,
  summary: string,
  {
    body,
    answer,
    security,
  }: { readonly body: z.ZodType; readonly answer: z.ZodType; readonly security: readonly string[] },
): ZodOpenApiOperationObject {
  return {
    operationId: id,
    summary,
    tags: ['public'],
    security: security.map((scheme) => ({ [scheme]: [] })),
    requestBody: {
      required: true,
      description: 'JSON under any content type; gzip allowed',
      content: { 'application/json': { schema: body }, 'text/plain': { schema: body } },
    },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: answer } } },
      ...problems(PUBLIC_PROBLEMS),
    },
  };
}

function adminPaths(): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const each of ADMIN_OPERATIONS) {
    const path = `/v1/admin${each.path}`;
    const names = [...each.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const answers = Object.entries(each.responses).map(([status, schema]) => [
      status,
      { description: each.summary, ...(schema ? { content: { 'application/json': { schema } } } : {}) },
    ]);
    const made: ZodOpenApiOperationObject = {
      operationId: each.id,
      summary: each.summary,
      description: needsText(each.needs),
      tags: [each.tag],
      security: [{ operatorToken: [] }, { operatorSession: [] }],
      requestParams: {
        ...(names.length > 0 ? { path: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) } : {}),
        ...(each.query ? { query: each.query } : {}),
        ...(each.headers ? { header: each.headers } : {}),
      },
      ...(each.body
        ? {
            requestBody: {
              required: each.bodyOptional !== true,
              content: { 'application/json': { schema: each.body } },
            },
          }
        : {}),
      responses: {
        ...Object.fromEntries(answers),
        ...problems([...each.problems, ...COMMON_PROBLEMS, ...(each.body ? BODY_PROBLEMS : [])]),
      },
    };
    paths[path] = { ...paths[path], [each.method]: made };
  }
  return paths as ZodOpenApiPathsObject;
}

/** The same table that refuses: who holds the token must have one of these roles. */
function needsText(permission: Permission): string {
  return `Needs the permission \`${permission}\`: ${rolesWith(permission).join(', ')}. ${PERMISSIONS[permission]}.`;
}

/** One response per status, naming the problem types that share it. */
function problems(kinds: readonly ProblemKind[]) {
  const byStatus = new Map<number, string[]>();
  for (const kind of new Set(kinds)) {
    const { status, title } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${kind}: ${title}`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, titles]) => [
      status,
      { description: titles.join('; '), content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}

function limitsTable(): string {
  return Object.entries(LIMITS)
    .map(([name, { value, unit, reason }]) => `- ${name}: ${value} ${unit} (${reason})`)
    .join('\n');
}

function eventTypesText(): string {
  return `Event types: ${Object.keys(EVENT_TYPES).join(', ')}, and own types that begin with \`custom.\``;
}
