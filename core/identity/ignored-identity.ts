/** Why one id of an event counts for nothing while the event, and its other ids, go on. */
export const IGNORED = {
  unknownNamespace: 'the space has no such namespace',
  blocked: 'the value names nobody, such as null or anonymous',
  invalid: 'empty, unprintable or no value of its kind, such as an e-mail address without @',
  tooLong: 'the value is over 1,024 bytes',
  suppressed: 'erased, and not to be stored again',
} as const;
export type IgnoredReason = keyof typeof IGNORED;

/** An id that counts for nothing, as answers tell it: never its value, which is perhaps somebody's. */
export interface IgnoredIdentity {
  /** Position of its event in `events`. */
  readonly index: number;
  readonly namespace: string;
  readonly reason: IgnoredReason;
}
