import { sampleEnvelope } from './envelope.ts';

/** A command of about 2 kB of JSON, as the edge would send it to a profile object. */
export const command = {
  now: 1_790_000_000_000,
  sequence: 4711,
  space: 'main',
  authentication: 'recognised',
  events: Array.from({ length: 4 }, (_, i) => ({ ...sampleEnvelope, receivedAt: 1_790_000_000_000 + i, purposes: 7 })),
  placements: ['home.hero', 'home.teaser', 'cart.upsell'],
};
