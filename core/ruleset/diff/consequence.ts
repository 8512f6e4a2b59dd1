import type { ResourceKind } from '../resources.ts';

/** What a consequence is, each with what it tells. */
export const CONSEQUENCES = {
  counted: 'how many resources of a kind are new, change, go',
  offerWithoutPlacement: 'an offer loses the last placement that it could appear in',
  placementWithoutOffers: 'a placement loses its last offer',
  used: 'something that changes or goes is used by others',
  evaluatedAnew: 'who is in a segment is worked out anew',
  purposeChanged: 'another consent is needed',
  visibilityChanged: 'browsers see it from now on, or no more',
  browserRuleChanged: 'browsers get its rule and evaluate it from now on, or no more',
  experimentBegins: 'an experiment begins to take people',
  experimentStops: 'an experiment that ran stops, or goes',
  assignedAnew: 'everybody in a running experiment is assigned anew',
  allocationChanged: 'a running experiment takes new people in other shares; who is in it stays',
  namespaceChanged: 'identities become people in another way',
  timeZoneChanged: 'days and weeks of rules begin at other instants',
  retentionShortened: 'events are deleted that were kept',
  holdoutChanged: 'other people are kept out of all experiments',
  reviewChanged: 'a second person is needed to publish, or no more',
  keysRemoved: 'callers with these keys are refused',
  originsRemoved: 'pages of these origins are refused',
  visitorsRevoked: 'visitors start anew',
} as const;

export type ConsequenceCode = keyof typeof CONSEQUENCES;

/** What a change means beyond its own fields. */
export interface Consequence {
  readonly code: ConsequenceCode;
  /** The resource that it is about; null: about all of a kind, or of the space. */
  readonly about: { readonly kind: ResourceKind; readonly id: string } | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** For people, in one sentence. */
  readonly sentence: string;
}
