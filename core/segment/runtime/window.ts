/**
 * How long an event counts. `span`: while now − at < ms (`<= 7 days` is 7 d + 1). `months`: while now < at + months in the
 * zone, `closed`: up to and with that instant. A span ends later for later events, so the rows inside are the end of a posting list; months nearly so (`slackOf`).
 */
export type Window =
  | { readonly is: 'span'; readonly ms: number }
  | { readonly is: 'months'; readonly months: number; readonly closed: boolean };
