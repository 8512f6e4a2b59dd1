const OFFER = 'offer:';
const EXPERIMENT = 'experiment:';

/** An offer's eligibility rule is a hidden segment of the program. A colon is no slug, so no operator's segment can have such an id. */
export function eligibilityId(offer: string): string {
  return OFFER + offer;
}

/** So is the rule that says who takes part in an experiment. */
export function participationId(experiment: string): string {
  return EXPERIMENT + experiment;
}

/** Whether a segment or a value of the program is nobody's but ours: eligibility, caps, suppression, formulas. */
export function isHidden(id: string): boolean {
  return id.includes(':');
}
