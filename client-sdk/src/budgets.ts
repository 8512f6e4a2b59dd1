/* Times (ms) and sizes that the SDK keeps to. A module without imports: bundlers then write the numbers where they are used. */

/** Longest wait between the first call and its request; earlier when the browser has painted. */
export const BATCH_MS = 50;
/** Later, when nobody waits for a paint any more. */
export const SHORT_MS = 9;
/** Longest time that a page may take to bring a new proof. */
export const RENEW_MS = 10_000;
/** Longest time for an answer. */
export const TIMEOUT_MS = 10_000;
/** A click waits no longer than this: without a link the visitor is only new over there. */
export const LINK_MS = 1_000;
/** No element stays hidden longer than this. */
export const HIDDEN_MS = 800;
/** How long the last answer may be shown again. */
export const KEPT_MS = 1_800_000;
/** An answer longer than this is not kept: the queue needs the storage more. */
export const KEPT_CHARS = 50_000;
/** A browser that was led on is not led on again within this time: offers that point at each other would never end. */
export const REDIRECT_PAUSE_MS = 5_000;

export const MAX_PLACEMENTS = 30;
export const MAX_BODY_BYTES = 400_000;
/** Room in a body for all that is not events. */
export const ENVELOPE_BYTES = 8_000;
/** Events that wait in memory. */
export const MAX_HELD = 1_000;
/** Browsers share 64 KB among all keepalive requests of a page; the rest is left to the site's own. */
export const KEEPALIVE_BYTES = 60_000;
/** A proposition changes so many elements at most: two that make each other's targets would never end. */
export const MOST_CHANGES = 200;
