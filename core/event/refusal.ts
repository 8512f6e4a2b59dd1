/** Why one event was refused while the others went on. */
export const REFUSALS = {
  invalid: 'the envelope or the data does not fit its schema',
  unknownType: 'no such event type; own types begin with custom.',
  tooLarge: 'the event is over a size, depth or item cap',
  forbiddenKey: 'a member name that could reach a prototype',
  inFuture: 'more than 5 minutes ahead of the clock',
  tooOld: 'older than 30 days, from a browser key, or than events of its type are kept',
  keyKind: 'this type may not be sent with this kind of key',
  tooManyIdentities: 'more than 20 identities, or than the space allows',
  ambiguousIdentity: 'two values of one unique namespace, or of the highest namespace that the event names',
  noIdentity: 'a server event needs an identity or a visitor token',
  blockedIdentity:
    'no identity is left: of an unknown namespace, none of its kind, or naming nobody, such as null or anonymous',
  quarantinedIdentity: 'too many share this identity: it links nothing and stores nothing until its quarantine ends',
  noConsent: 'collected under no purpose that the visitor consented to',
  tooManyProfiles: 'one request may reach at most 100 profiles',
  unavailable: 'the profile did not answer: send this event again',
  erased: 'older than the erasure of the identity it came through',
  notInPlan:
    'the tracking plan of the source does not have this event or one of its fields, or wants one that is missing',
  automated: 'bots and prefetches create nothing',
} as const;
export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  /** Position in `events`. */
  readonly index: number;
  readonly id?: string;
  readonly code: RefusalCode;
  readonly detail: string;
  /** JSON pointer inside the event, when one place is to blame. */
  readonly pointer?: string;
}
