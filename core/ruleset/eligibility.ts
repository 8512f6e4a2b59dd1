const PREFIX = 'offer:';

/** An offer's eligibility rule is a hidden segment of the program. A colon is no slug, so no operator's segment can have such an id. */
export function eligibilityId(offer: string): string {
  return PREFIX + offer;
}

/** The offer behind a hidden segment, or null for a segment that operators see. */
export function offerOfEligibility(segment: string): string | null {
  return segment.startsWith(PREFIX) ? segment.slice(PREFIX.length) : null;
}
