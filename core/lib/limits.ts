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
  identityValue: {
    value: 1024,
    unit: 'bytes',
    reason: 'a longer value is no identity: it is left out, and the event lives if another is left',
  },
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
  identityCallsPerSecond: {
    value: 200,
    unit: 'calls',
    reason: 'one identity asked for more often is no person; an object serves about 1,000 requests a second',
  },
  profileCallsPerSecond: {
    value: 300,
    unit: 'calls',
    reason: 'no person visits so often; beyond it a profile answers at once that it is overloaded, before any work',
  },
  profileCallsWaiting: {
    value: 100,
    unit: 'calls',
    reason:
      'visits that one profile has begun and not answered; each holds memory that all objects of an isolate share',
  },
  devicesPerIdentityDay: {
    value: 20,
    unit: 'devices',
    reason: 'one identity that more devices sign in to within 24 hours is shared (a test id, a kiosk, a bot)',
  },
  ownersPerDeviceDay: {
    value: 3,
    unit: 'profiles',
    reason: 'a device with more owners within 24 hours is told to operators as a shared one',
  },
  quarantineMs: {
    value: 60 * 60_000,
    unit: 'ms',
    reason: 'an identity in quarantine links nothing; it ends so long after the last sign of trouble',
  },
  proofRetryMs: {
    value: 30_000,
    unit: 'ms',
    reason: 'the same proof from the same device within this is the same login, sent again for want of an answer',
  },
  visitorLinkMs: {
    value: 60_000,
    unit: 'ms',
    reason: 'life of a link that takes a visitor to another site of the group',
  },
  proofLifeMs: { value: 5 * 60_000, unit: 'ms', reason: 'longest life of an identity proof (exp - iat)' },
  proofsKept: { value: 64, unit: 'proofs', reason: 'signing in so often within five minutes is no person' },
  linkWaitMs: {
    value: 50,
    unit: 'ms',
    reason:
      'a visit that joins identities waits so long to be answered for the whole person; the joining goes on behind it',
  },
  linkCallMs: {
    value: 10_000,
    unit: 'ms',
    reason: 'a call between objects without an answer for so long is taken for lost and made again later',
  },
  seenEvents: {
    value: 1_000,
    unit: 'event ids',
    reason: 'so many of the last 24 hours travel with a device that leaves its history behind: repeats are known there',
  },
  seenMs: { value: 86_400_000, unit: 'ms', reason: 'clients repeat within hours what they got no answer for' },
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
  receiptMs: { value: 30 * 86_400_000, unit: 'ms', reason: 'how long an answer can be explained and replayed' },
  previewMinutes: { value: 10_080, unit: 'minutes', reason: 'a preview link works for whoever has it' },
  receiptBytes: {
    value: 4_000,
    unit: 'bytes',
    reason: 'a receipt waits in the profile state until it is drained; a larger one is left out and the log says so',
  },
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
  placementsPerRuleset: { value: 500, unit: 'placements', reason: 'the decisions part is resident in memory' },
  rankersPerRuleset: { value: 200, unit: 'rankers', reason: 'the decisions part is resident in memory' },
  capRulesPerRuleset: {
    value: 20_000,
    unit: 'rules',
    reason: 'what caps, suppressions and cool-downs become, equal ones once; a profile is evaluated for each',
  },
  formulaCellsPerRuleset: {
    value: 5_000,
    unit: 'values',
    reason: 'a formula is computed for each offer of its placements, equal ones once',
  },
  capsPerOwner: { value: 10, unit: 'caps', reason: 'of one offer or placement; so many suppressions as well' },
  capWindowDays: { value: 3_650, unit: 'days', reason: 'what is to hold for longer holds for ever' },
  capCount: { value: 1_000, unit: 'times', reason: 'a profile keeps as many times of a counted decision' },
  languagesPerOffer: { value: 50, unit: 'languages', reason: 'content is resident in memory in each of them' },
  tagsPerOffer: { value: 50, unit: 'tags', reason: 'a ranker adds up one interest for each' },
  proposedOffers: { value: 20, unit: 'offers', reason: 'of one placement in one answer' },
  experimentsPerRuleset: { value: 200, unit: 'experiments', reason: 'every visit looks at each that is not a draft' },
  variantsPerExperiment: { value: 20, unit: 'variants', reason: 'each needs people of its own to be compared' },
  metricsPerExperiment: { value: 20, unit: 'metrics', reason: 'each is counted per variant, hour and day' },
  decisionsBytes: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    reason: 'all contents together: resident in memory; the cache takes no part over 25 MiB',
  },
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
  historyPageBytes: {
    value: 512 * 1024,
    unit: 'bytes',
    reason: 'a page of history crosses an object call and is stored in one write',
  },
  historyPage: { value: 256, unit: 'facts', reason: 'page size when a strand moves between objects' },
  retentionDays: { value: 3_650, unit: 'days', reason: 'what is to be kept for longer is kept for ever' },
  retentionTypes: { value: 200, unit: 'event types', reason: 'every profile looks them up' },
  sweptFacts: {
    value: 1_000,
    unit: 'facts',
    reason: 'events that are kept no more are deleted so many at a time; the next alarm goes on',
  },
  adminBodyBytes: { value: 256 * 1024, unit: 'bytes', reason: 'one operator resource' },
  catalogueItems: {
    value: 100_000,
    unit: 'items',
    reason: 'the catalogue and its neighbours are resident in an isolate of 128 MB beside all else',
  },
  catalogueRowBytes: {
    value: 512 * 1024,
    unit: 'UTF-16 units',
    reason: 'one row or item of a catalogue file; what is longer is refused without being held',
  },
  catalogueFieldBytes: { value: 64 * 1024, unit: 'UTF-16 units', reason: 'one field of a catalogue row' },
  catalogueShardBytes: { value: 1_000_000, unit: 'bytes', reason: 'a part is read, parsed and hashed as a whole' },
  catalogueUploadBytes: {
    value: 2 * 1024 * 1024,
    unit: 'bytes',
    reason: 'one part of a catalogue as it is uploaded; parts have up to about half of it',
  },
  catalogueParts: { value: 8_192, unit: 'parts', reason: 'shards of one catalogue and of its neighbourhood' },
  dataBytesInMemory: {
    value: 48 * 1024 * 1024,
    unit: 'bytes',
    reason: 'parts of catalogues that one isolate of 128 MB holds; of what is beyond it nothing is recommended',
  },
  dataWaitMs: {
    value: 300,
    unit: 'ms',
    reason: 'a visit waits so long for parts that are not in memory yet; then it is answered with what is there',
  },
  itemText: { value: 512, unit: 'UTF-16 units', reason: 'title, brand, group or one level of the category of an item' },
  itemUrl: { value: 2048, unit: 'UTF-16 units', reason: 'what browsers and servers agree to take' },
  itemCategoryLevels: { value: 10, unit: 'levels', reason: 'popularity is counted for each level' },
  itemAttributes: { value: 32, unit: 'attributes', reason: 'of one item; more are left out and counted' },
  itemAttributeValue: { value: 256, unit: 'UTF-16 units', reason: 'a longer text describes; it compares nothing' },
  neighboursPerItem: {
    value: 30,
    unit: 'items',
    reason: 'what stands beside one item; filters leave enough for a page',
  },
  coOccurrenceCounters: {
    value: 128,
    unit: 'counters per item',
    reason: 'a count of pairs is too high by at most 1/128 of all pairs of the item',
  },
  basketItems: {
    value: 100,
    unit: 'items',
    reason: 'pairs grow with the square; a wholesale order says little about any of them',
  },
  countedItems: {
    value: 10_000,
    unit: 'items',
    reason: 'those that are viewed and bought most get neighbours from it, and places among the popular',
  },
  popularItems: { value: 100, unit: 'items per list', reason: 'of each category, brand and the whole site' },
  recommendationSources: { value: 8, unit: 'sources', reason: 'a fallback chain that is longer is never reached' },
  recommendationCandidates: { value: 200, unit: 'items per source', reason: 'bounds the work of one recommendation' },
  recommendationSize: { value: 30, unit: 'items', reason: 'one list of a page' },
  visitorItemRows: {
    value: 500,
    unit: 'rows',
    reason: 'the newest views, carts and orders of a visitor that are looked at',
  },
  browserConfigBytes: { value: 2048, unit: 'bytes', reason: 'configuration inlined into sdk.js' },
} as const satisfies Record<string, { readonly value: number; readonly unit: string; readonly reason: string }>;

export type LimitName = keyof typeof LIMITS;

export function limit(name: LimitName): number {
  return LIMITS[name].value;
}
