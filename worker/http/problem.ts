/**
 * The one catalogue of everything that can go wrong on the wire (RFC 9457). A kind is stable for ever: clients may switch on
 * `type`. `detail` says what to do about it, and never carries identity values, attribute values, event data or secrets.
 */
export const PROBLEMS = {
  badRequest: { status: 400, title: 'The request is malformed' },
  malformedJson: { status: 400, title: 'The body is not JSON' },
  missingKey: { status: 401, title: 'A key is missing' },
  unknownKey: { status: 401, title: 'The key is unknown or revoked' },
  missingToken: { status: 401, title: 'An operator token is missing' },
  unknownToken: { status: 401, title: 'The operator token is unknown or revoked' },
  invalidVisitor: { status: 401, title: 'The visitor token is not valid here' },
  signInFailed: { status: 400, title: 'The sign-in did not work' },
  invalidProof: { status: 401, title: 'The identity proof is not valid' },
  originNotAllowed: { status: 403, title: 'This origin may not use this key' },
  keyKindNotAllowed: { status: 403, title: 'This kind of key may not do that' },
  forbidden: { status: 403, title: 'You may not do that' },
  notInvited: { status: 403, title: 'Nobody has invited you here' },
  notFound: { status: 404, title: 'There is nothing here' },
  notPublished: { status: 404, title: 'This space has no published ruleset yet' },
  methodNotAllowed: { status: 405, title: 'The method is not allowed here' },
  conflict: { status: 409, title: 'The request does not fit the present state' },
  staleVersion: { status: 409, title: 'Somebody changed it since you read it' },
  inUse: { status: 409, title: 'Something else still uses it' },
  staleChangeSet: { status: 409, title: 'Others have changed what this change set changes' },
  needsReview: { status: 409, title: 'Somebody else has to approve this first' },
  frozen: { status: 409, title: 'Publishing is frozen' },
  tooLarge: { status: 413, title: 'The body is too large' },
  unsupportedMediaType: { status: 415, title: 'The media type is not supported' },
  invalid: { status: 422, title: 'The body does not fit its schema' },
  draftInvalid: { status: 422, title: 'The draft cannot be published' },
  limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemKind = keyof typeof PROBLEMS;

export const PROBLEM_BASE = 'https://selvedge.dev/problems/';

/** One thing wrong with the request; `pointer` is a JSON pointer (RFC 6901) into the body, '' for all of it. */
export interface ProblemItem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** Of the place in rule text, both from 1. */
  readonly line?: number;
  readonly column?: number;
}

export interface ProblemExtras {
  readonly detail?: string;
  readonly errors?: readonly ProblemItem[];
  /** Members beside the standard ones, such as both sides of a conflict. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Seconds; for `limited` and `unavailable`, which otherwise say 1. */
  readonly retryAfter?: number;
  /** For `methodNotAllowed`. */
  readonly allow?: readonly string[];
  /** Headers that the answer needs besides, such as those of CORS. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of a problem document. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** The request id, which is also the header `X-Request-Id`. */
  readonly instance: string;
  readonly errors?: readonly ProblemItem[];
  readonly [member: string]: unknown;
}

/** A Hono context whose variables hold the request id. */
export interface RequestIdSource {
  get(name: 'requestId'): string;
}

/** Answers with a problem document. A 5xx says its title and the request id only, whatever the extras hold. */
export function problem(on: RequestIdSource | string, kind: ProblemKind, extras: ProblemExtras = {}): Response {
  const instance = typeof on === 'string' ? on : on.get('requestId');
  const { status, title } = PROBLEMS[kind];
  const document: ProblemDocument = {
    ...(status >= 500 ? {} : extras.members),
    type: PROBLEM_BASE + kind,
    title,
    status,
    ...(status < 500 && extras.detail !== undefined ? { detail: extras.detail } : {}),
    instance,
    ...(status < 500 && extras.errors !== undefined ? { errors: extras.errors } : {}),
  };
  return new Response(JSON.stringify(document), { status, headers: headersOf(status, instance, extras) });
}

function headersOf(status: number, instance: string, extras: ProblemExtras): Headers {
  const headers = new Headers(extras.headers);
  headers.set('content-type', 'application/problem+json');
  headers.set('cache-control', 'no-store');
  headers.set('x-request-id', instance);
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  if (status === 429 || status === 503) headers.set('retry-after', String(extras.retryAfter ?? 1));
  if (status === 405 && extras.allow) headers.set('allow', extras.allow.join(', '));
  return headers;
}
