// Made by `npm run docs` from the OpenAPI document of the Worker. Do not edit.
// biome-ignore-all lint: made by a program.

export type JsonValue =
  | (string | number | boolean | null)
  | JsonValue[]
  | {
      [k: string]: JsonValue;
    };

export interface Schemas {
  CollectRequest: CollectRequest;
  CollectResponse: CollectResponse;
  Consent: Consent;
  DecideRequest: DecideRequest;
  DecideResponse: DecideResponse;
  Event: Event;
  Identity: Identity;
  InteractRequest: InteractRequest;
  InteractResponse: InteractResponse;
  Membership: Membership;
  Problem: Problem;
  Proposition: Proposition;
  Refusal: Refusal;
  VisitorLink: VisitorLink;
  VisitorLinkRequest: VisitorLinkRequest;
  Why: Why;
  WhyRequest: WhyRequest;
}
export interface CollectRequest {
  key?: string;
  /**
   * ISO 8601 with an offset
   */
  sentAt?: string;
  visitor?: string;
  proof?: string;
  /**
   * With `proof`: id of the first event that belongs to the sign-in; those before it belong to whoever the visitor was until then. Left out: all belong to the person
   */
  proofFrom?: string;
  consent?: Consent;
  context?: {
    [k: string]: unknown;
  };
  /**
   * Event types: page.viewed, link.clicked, search.performed, list.viewed, product.viewed, cart.added, cart.removed, checkout.started, order.placed, order.refunded, form.submitted, account.registered, signed.in, signed.out, identity.linked, email.opened, email.clicked, call.logged, review.written, profile.updated, consent.updated, proposition.displayed, proposition.clicked, proposition.dismissed, experiment.exposed, and own types that begin with `custom.`
   *
   * @maxItems 500
   */
  events: Event[];
}
/**
 * What the visitor chose, per purpose. A purpose left out keeps what held before.
 */
export interface Consent {
  [k: string]: 'in' | 'out' | 'pending';
}
export interface Event {
  id: string;
  type: string;
  /**
   * ISO 8601 with an offset
   */
  occurredAt: string;
  identities?: Identity[];
  authState?: 'authenticated' | 'recognised' | 'loggedOut' | 'anonymous';
  consent?: Consent;
  context?: {
    [k: string]: unknown;
  };
  data: {
    [k: string]: unknown;
  };
}
export interface Identity {
  namespace: string;
  value: string;
}
export interface CollectResponse {
  /**
   * The ruleset that answered
   */
  sequence: number;
  /**
   * ISO 8601 with an offset
   */
  receivedAt: string;
  visitor: {
    state: 'authenticated' | 'recognised' | 'loggedOut' | 'anonymous';
    isNew: boolean;
    /**
     * Keep it and send it with the next request; absent when unchanged or in a cookie
     */
    token?: string;
    /**
     * The person that was named does not count now: too many share the id
     */
    quarantine?: {
      reason: 'tooOften' | 'tooManyDevices';
      /**
       * ISO 8601 with an offset
       */
      until: string;
    };
  };
  accepted: number;
  duplicates: string[];
  refused: Refusal[];
  /**
   * Ids that count for nothing, of events that were not refused; absent: none
   */
  ignored?: {
    /**
     * Position of its event in `events`
     */
    index: number;
    namespace: string;
    reason: 'unknownNamespace' | 'blocked' | 'invalid' | 'tooLong' | 'suppressed';
  }[];
}
/**
 * One event that was refused while the others went on
 */
export interface Refusal {
  /**
   * Position in `events`
   */
  index: number;
  id?: string;
  code:
    | 'invalid'
    | 'unknownType'
    | 'tooLarge'
    | 'forbiddenKey'
    | 'inFuture'
    | 'tooOld'
    | 'keyKind'
    | 'tooManyIdentities'
    | 'ambiguousIdentity'
    | 'noIdentity'
    | 'blockedIdentity'
    | 'quarantinedIdentity'
    | 'noConsent'
    | 'tooManyProfiles'
    | 'unavailable'
    | 'erased'
    | 'notInPlan'
    | 'automated';
  detail: string;
  /**
   * JSON pointer inside the event
   */
  pointer?: string;
}
export interface DecideRequest {
  identity?: {
    namespace: string;
    value: string;
  };
  visitor?: string;
  authState?: 'authenticated' | 'recognised' | 'loggedOut' | 'anonymous';
  /**
   * @maxItems 30
   */
  placements?: string[];
  context?: {
    [k: string]: unknown;
  };
  /**
   * @maxItems 5
   */
  languages?: string[];
  preview?: string;
  /**
   * @maxItems 3
   */
  include?: ('profile' | 'recent' | 'trace')[];
}
export interface DecideResponse {
  sequence: number;
  visitor: {
    state: 'authenticated' | 'recognised' | 'loggedOut' | 'anonymous';
    isNew: boolean;
    /**
     * Keep it and send it with the next request; absent when unchanged or in a cookie
     */
    token?: string;
    /**
     * The person that was named does not count now: too many share the id
     */
    quarantine?: {
      reason: 'tooOften' | 'tooManyDevices';
      /**
       * ISO 8601 with an offset
       */
      until: string;
    };
  };
  propositions: Proposition[];
  memberships: Membership[];
  degraded?: true;
  preview?: 'shown' | 'malformed' | 'forged' | 'expired';
  profile?: {
    id: string;
    identities: Identity[];
    attributes: {
      [k: string]: JsonValue;
    };
    /**
     * Values now, of those that are known; instants are ISO 8601, events are their ids
     */
    measures: {
      [k: string]: JsonValue;
    };
    events: number;
    /**
     * ISO 8601 with an offset
     */
    firstSeen: string;
    /**
     * ISO 8601 with an offset
     */
    lastSeen: string;
  };
  recent?: {
    productId: string;
    /**
     * ISO 8601 with an offset
     */
    at: string;
  }[];
  trace?: {
    placement: string;
    offer: string;
    /**
     * null: it won
     */
    rejection:
      | (
          | 'notInAudience'
          | 'notYet'
          | 'over'
          | 'authState'
          | 'consent'
          | 'suppressed'
          | 'capped'
          | 'placementCapped'
          | 'budgetSpent'
          | 'missingValue'
          | 'noContent'
          | 'excluded'
          | 'repeated'
          | 'variant'
          | 'holdout'
          | 'lowerPriority'
        )
      | null;
    /**
     * What the ranker gave it; higher is better
     */
    score?: number;
  }[];
}
/**
 * The answer for one placement, with its reason
 */
export interface Proposition {
  id: string;
  placement: string;
  kind: ('value' | 'json' | 'html' | 'dom' | 'redirect' | 'list') | null;
  offer: string | null;
  /**
   * The experiment that changed, or could have changed, what is shown here
   */
  experiment?: string;
  /**
   * Absent with an experiment: the person is kept out of it
   */
  variant?: string;
  content: JsonValue;
  reason:
    | 'eligible'
    | 'assigned'
    | 'forced'
    | 'noneEligible'
    | 'noOffers'
    | 'holdout'
    | 'outranked'
    | 'capped'
    | 'unknownPlacement'
    | 'degraded'
    | 'limited'
    | 'bot'
    | 'prefetch';
  /**
   * Of the content, where it is of one
   */
  language?: string;
}
export interface Membership {
  segment: string;
  status: 'entered' | 'exited';
  /**
   * ISO 8601 with an offset
   */
  since: string;
}
export interface InteractRequest {
  key?: string;
  /**
   * ISO 8601 with an offset
   */
  sentAt?: string;
  visitor?: string;
  proof?: string;
  /**
   * With `proof`: id of the first event that belongs to the sign-in; those before it belong to whoever the visitor was until then. Left out: all belong to the person
   */
  proofFrom?: string;
  consent?: Consent;
  context?: {
    [k: string]: unknown;
  };
  /**
   * Event types: page.viewed, link.clicked, search.performed, list.viewed, product.viewed, cart.added, cart.removed, checkout.started, order.placed, order.refunded, form.submitted, account.registered, signed.in, signed.out, identity.linked, email.opened, email.clicked, call.logged, review.written, profile.updated, consent.updated, proposition.displayed, proposition.clicked, proposition.dismissed, experiment.exposed, and own types that begin with `custom.`
   *
   * @maxItems 500
   */
  events?: Event[];
  visitorLink?: string;
  /**
   * @maxItems 30
   */
  placements?: string[];
  preview?: string;
}
export interface InteractResponse {
  /**
   * The ruleset that answered
   */
  sequence: number;
  /**
   * ISO 8601 with an offset
   */
  receivedAt: string;
  visitor: {
    state: 'authenticated' | 'recognised' | 'loggedOut' | 'anonymous';
    isNew: boolean;
    /**
     * Keep it and send it with the next request; absent when unchanged or in a cookie
     */
    token?: string;
    /**
     * The person that was named does not count now: too many share the id
     */
    quarantine?: {
      reason: 'tooOften' | 'tooManyDevices';
      /**
       * ISO 8601 with an offset
       */
      until: string;
    };
  };
  accepted: number;
  duplicates: string[];
  refused: Refusal[];
  /**
   * Ids that count for nothing, of events that were not refused; absent: none
   */
  ignored?: {
    /**
     * Position of its event in `events`
     */
    index: number;
    namespace: string;
    reason: 'unknownNamespace' | 'blocked' | 'invalid' | 'tooLong' | 'suppressed';
  }[];
  propositions: Proposition[];
  memberships: Membership[];
  degraded?: true;
  preview?: 'shown' | 'malformed' | 'forged' | 'expired';
  /**
   * With a preview that was shown
   */
  trace?: {
    placement: string;
    offer: string;
    /**
     * null: it won
     */
    rejection:
      | (
          | 'notInAudience'
          | 'notYet'
          | 'over'
          | 'authState'
          | 'consent'
          | 'suppressed'
          | 'capped'
          | 'placementCapped'
          | 'budgetSpent'
          | 'missingValue'
          | 'noContent'
          | 'excluded'
          | 'repeated'
          | 'variant'
          | 'holdout'
          | 'lowerPriority'
        )
      | null;
    /**
     * What the ranker gave it; higher is better
     */
    score?: number;
  }[];
}
/**
 * RFC 9457 problem document
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  /**
   * The request id
   */
  instance: string;
  errors?: {
    pointer: string;
    code: string;
    detail: string;
    /**
     * In rule text, from 1
     */
    line?: number;
    /**
     * In rule text, from 1, in UTF-16 units
     */
    column?: number;
  }[];
  [k: string]: unknown;
}
export interface VisitorLink {
  /**
   * Append it to the address; the page there sends it as `visitorLink`
   */
  param: string;
  expiresAt: string;
}
export interface VisitorLinkRequest {
  key?: string;
  visitor?: string;
  /**
   * Origin of the site that the visitor goes to: of a source of the same group
   */
  target: string;
}
export interface Why {
  text: string;
  /**
   * Of the text: en, or ko
   */
  language: string;
  causes: string[];
}
export interface WhyRequest {
  key?: string;
  proposition: {
    placement: string;
    kind: ('value' | 'json' | 'html' | 'dom' | 'redirect' | 'list') | null;
    offer: string | null;
    reason:
      | 'eligible'
      | 'assigned'
      | 'forced'
      | 'noneEligible'
      | 'noOffers'
      | 'holdout'
      | 'outranked'
      | 'capped'
      | 'unknownPlacement'
      | 'degraded'
      | 'limited'
      | 'bot'
      | 'prefetch';
    experiment?: string;
    variant?: string;
    language?: string;
    [k: string]: unknown;
  };
  /**
   * Left out: as the browser says
   */
  language?: string;
}

/** What is sent may be read-only. */
export type Given<T> = T extends readonly (infer M)[]
  ? readonly Given<M>[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K]> }
    : T;

export interface ProblemAnswer {
  headers: Record<string, string>;
  content: { 'application/problem+json': Problem };
}

/** By path, then by method. */
export interface paths {
  '/v1/interact': {
    /** Events and wanted placements in, propositions that reflect those events out. */
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': Given<InteractRequest> } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': InteractResponse } };
        /** badRequest: The request is malformed; malformedJson: The body is not JSON. */
        400: ProblemAnswer;
        /** missingKey: A key is missing; unknownKey: The key is unknown or revoked; invalidVisitor: The visitor token is not valid here; invalidProof: The identity proof is not valid. */
        401: ProblemAnswer;
        /** originNotAllowed: This origin may not use this key; keyKindNotAllowed: This kind of key may not do that. */
        403: ProblemAnswer;
        /** tooLarge: The body is too large. */
        413: ProblemAnswer;
        /** unsupportedMediaType: The media type is not supported. */
        415: ProblemAnswer;
        /** invalid: The body does not fit its schema. */
        422: ProblemAnswer;
        /** limited: Too many requests. */
        429: ProblemAnswer;
        /** internal: Something went wrong on our side. */
        500: ProblemAnswer;
        /** unavailable: The service cannot answer now. */
        503: ProblemAnswer;
      };
    };
  };
  '/v1/collect': {
    /** Events only; a server may name many people. */
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': Given<CollectRequest> } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': CollectResponse } };
        /** badRequest: The request is malformed; malformedJson: The body is not JSON. */
        400: ProblemAnswer;
        /** missingKey: A key is missing; unknownKey: The key is unknown or revoked; invalidVisitor: The visitor token is not valid here; invalidProof: The identity proof is not valid. */
        401: ProblemAnswer;
        /** originNotAllowed: This origin may not use this key; keyKindNotAllowed: This kind of key may not do that. */
        403: ProblemAnswer;
        /** tooLarge: The body is too large. */
        413: ProblemAnswer;
        /** unsupportedMediaType: The media type is not supported. */
        415: ProblemAnswer;
        /** invalid: The body does not fit its schema. */
        422: ProblemAnswer;
        /** limited: Too many requests. */
        429: ProblemAnswer;
        /** internal: Something went wrong on our side. */
        500: ProblemAnswer;
        /** unavailable: The service cannot answer now. */
        503: ProblemAnswer;
      };
    };
  };
  '/v1/decide': {
    /** What a server would show this person now; writes no event. */
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': Given<DecideRequest> } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': DecideResponse } };
        /** badRequest: The request is malformed; malformedJson: The body is not JSON. */
        400: ProblemAnswer;
        /** missingKey: A key is missing; unknownKey: The key is unknown or revoked; invalidVisitor: The visitor token is not valid here; invalidProof: The identity proof is not valid. */
        401: ProblemAnswer;
        /** originNotAllowed: This origin may not use this key; keyKindNotAllowed: This kind of key may not do that. */
        403: ProblemAnswer;
        /** tooLarge: The body is too large. */
        413: ProblemAnswer;
        /** unsupportedMediaType: The media type is not supported. */
        415: ProblemAnswer;
        /** invalid: The body does not fit its schema. */
        422: ProblemAnswer;
        /** limited: Too many requests. */
        429: ProblemAnswer;
        /** internal: Something went wrong on our side. */
        500: ProblemAnswer;
        /** unavailable: The service cannot answer now. */
        503: ProblemAnswer;
      };
    };
  };
  '/v1/visitor/link': {
    /** A link that carries this visitor to another site of the group, for a minute. */
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': Given<VisitorLinkRequest> } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': VisitorLink } };
        /** badRequest: The request is malformed; malformedJson: The body is not JSON. */
        400: ProblemAnswer;
        /** missingKey: A key is missing; unknownKey: The key is unknown or revoked; invalidVisitor: The visitor token is not valid here; invalidProof: The identity proof is not valid. */
        401: ProblemAnswer;
        /** originNotAllowed: This origin may not use this key; keyKindNotAllowed: This kind of key may not do that. */
        403: ProblemAnswer;
        /** tooLarge: The body is too large. */
        413: ProblemAnswer;
        /** unsupportedMediaType: The media type is not supported. */
        415: ProblemAnswer;
        /** invalid: The body does not fit its schema. */
        422: ProblemAnswer;
        /** limited: Too many requests. */
        429: ProblemAnswer;
        /** internal: Something went wrong on our side. */
        500: ProblemAnswer;
        /** unavailable: The service cannot answer now. */
        503: ProblemAnswer;
      };
    };
  };
  '/v1/why': {
    /** Why a visitor sees a proposition, in plain words of their language. */
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': Given<WhyRequest> } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Why } };
        /** badRequest: The request is malformed; malformedJson: The body is not JSON. */
        400: ProblemAnswer;
        /** missingKey: A key is missing; unknownKey: The key is unknown or revoked; invalidVisitor: The visitor token is not valid here; invalidProof: The identity proof is not valid. */
        401: ProblemAnswer;
        /** originNotAllowed: This origin may not use this key; keyKindNotAllowed: This kind of key may not do that. */
        403: ProblemAnswer;
        /** tooLarge: The body is too large. */
        413: ProblemAnswer;
        /** unsupportedMediaType: The media type is not supported. */
        415: ProblemAnswer;
        /** invalid: The body does not fit its schema. */
        422: ProblemAnswer;
        /** limited: Too many requests. */
        429: ProblemAnswer;
        /** internal: Something went wrong on our side. */
        500: ProblemAnswer;
        /** unavailable: The service cannot answer now. */
        503: ProblemAnswer;
      };
    };
  };
}
