/** What a cap counts beside event types: `decision` is counted when the answer is made, the others are events. */
export const CAP_COUNTS = ['decision', 'impression', 'click', 'dismissal'] as const;
export type CapCount = (typeof CAP_COUNTS)[number];

/** The calendar units of caps. */
export const CAP_UNITS = ['day', 'week', 'month', 'year'] as const;
export type CapUnit = (typeof CAP_UNITS)[number];

/** Absent: ever. `last`: ISO 8601 duration of an exact length, rolling (`P7D`, `PT30M`); `this`: a calendar unit in the ruleset's zone. */
export type CapWindow = { readonly last: string } | { readonly this: CapUnit };

/**
 * At most `count` of what it counts, per person. In an offer: of that offer, anywhere (`in: 'placement'`: in each placement alone). In a placement: of any
 * offer there. An event type counts whatever it is about.
 */
export interface Cap {
  readonly count: number;
  /** One of CAP_COUNTS, or an event type (then any event of the type counts). */
  readonly of: string;
  readonly within?: CapWindow;
  /** Of impressions, clicks and dismissals of an offer only. */
  readonly in?: 'placement';
}
