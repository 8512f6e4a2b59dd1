/** Every limit of the product, with its unit and its reason. Docs and OpenAPI print this table; nothing else holds a limit. */
export const LIMITS = {
  requestBytes: {
    value: 512 * 1024,
    unit: 'bytes',
    reason: 'one isolate has 128 MB for all requests in flight; after decompression',
  },
  requestEvents: { value: 500, unit: 'events', reason: 'bounds the work of one request; send more requests for more' },
  eventBytes: { value: 32 * 1024, unit: 'bytes', reason: 'an object stores events in full' },
  contextBytes: {
    value: 16 * 1024,
    unit: 'bytes',
    reason: 'context named once for a request is stored with each of its events',
  },
  eventDepth: { value: 8, unit: 'levels', reason: 'deep nesting has no use in rules and costs stack' },
  eventString: { value: 8192, unit: 'UTF-16 units', reason: 'longest single string of an event' },
  eventItems: { value: 500, unit: 'members', reason: 'most members of one array or object of an event' },
  identitiesPerEvent: { value: 20, unit: 'identities', reason: 'an event names one person through a few ids' },
  identityValue: { value: 1024, unit: 'UTF-16 units', reason: 'longer values are not identities' },
  placementsPerRequest: { value: 30, unit: 'placements', reason: 'surfaces of one page' },
  profilesPerRequest: { value: 100, unit: 'profiles', reason: 'a server batch is one object call per profile' },
  profileConcurrency: { value: 6, unit: 'calls', reason: 'objects called side by side for one server batch' },
  futureMs: {
    value: 5 * 60_000,
    unit: 'ms',
    reason: 'an event further ahead than this after skew correction is refused',
  },
  browserPastMs: {
    value: 30 * 86_400_000,
    unit: 'ms',
    reason: 'browsers hold queues for days, not months; servers may send any past',
  },
  sessionMs: { value: 30 * 60_000, unit: 'ms', reason: 'sliding life of the authenticated state after a proof' },
  proofLifeMs: { value: 5 * 60_000, unit: 'ms', reason: 'longest life of an identity proof (exp - iat)' },
  objectBudgetMs: { value: 1500, unit: 'ms', reason: 'after this the edge answers fallbacks with reason degraded' },
  mintsPerMinute: {
    value: 600,
    unit: 'visitors per address and source',
    reason: 'new visitors beyond it get a stateless answer with reason limited',
  },
  collectBudgetMs: {
    value: 10_000,
    unit: 'ms',
    reason: 'after this events are refused as unavailable; the sender tries again with the same ids',
  },
  drainDelayMs: { value: 15_000, unit: 'ms', reason: 'archive and rollups follow a visit within 30 s' },
  ledgerMs: {
    value: 30 * 86_400_000,
    unit: 'ms',
    reason: 'an effect message that comes again later than this would be counted again',
  },
  segmentsPerRuleset: { value: 10_000, unit: 'segments', reason: 'memory of an isolate' },
  measuresPerRuleset: {
    value: 1_000,
    unit: 'measures',
    reason: 'each is computed for each profile that its events touch',
  },
  ruleText: { value: 64_000, unit: 'UTF-16 units', reason: 'text of one rule: its nodes, written at length' },
  ruleNodes: { value: 500, unit: 'nodes', reason: 'size of one rule' },
  ruleDepth: { value: 32, unit: 'levels', reason: 'nesting of one rule' },
  offersPerRuleset: { value: 2_000, unit: 'offers', reason: 'the decisions part is resident in memory' },
  contentBytes: { value: 32 * 1024, unit: 'bytes', reason: 'content of one offer' },
  exitedMembershipMs: { value: 30 * 86_400_000, unit: 'ms', reason: 'how long an exited membership is shown' },
  statePageBytes: {
    value: 1024 * 1024,
    unit: 'bytes',
    reason: 'a larger snapshot is cut into rows; a row may hold 2 MB',
  },
  fullEventsPerProfile: {
    value: 5_000,
    unit: 'events',
    reason:
      'beyond it the oldest are folded into days, and rules that would need them say since when they are approximate',
  },
  historyPage: { value: 256, unit: 'facts', reason: 'page size when a strand moves between objects' },
  adminBodyBytes: { value: 256 * 1024, unit: 'bytes', reason: 'one operator resource' },
  browserConfigBytes: { value: 2048, unit: 'bytes', reason: 'configuration inlined into sdk.js' },
} as const satisfies Record<string, { readonly value: number; readonly unit: string; readonly reason: string }>;

export type LimitName = keyof typeof LIMITS;

export function limit(name: LimitName): number {
  return LIMITS[name].value;
}
