import { describe, expect, it } from 'vitest';
import {
  ALL_PURPOSES_MASK,
  collectedUnder,
  GPC_DENIES,
  NECESSARY_MASK,
  PURPOSES,
  purposeBit,
  withdrawnMask,
} from '../../../core/policy/purposes.ts';

const mask = (...purposes: Parameters<typeof purposeBit>[0][]) =>
  purposes.reduce((all, purpose) => all | purposeBit(purpose), 0);

describe('purposes', () => {
  it('keep their bits for ever: they are in every stored event', () => {
    expect(PURPOSES).toEqual(['necessary', 'analytics', 'personalization', 'advertising', 'sharing']);
    expect([NECESSARY_MASK, ALL_PURPOSES_MASK, GPC_DENIES]).toEqual([1, 31, 24]);
  });
});

describe('what an event is collected under', () => {
  it.each([
    ['nothing said, no default', undefined, {}, mask('necessary')],
    ['the default of the source', undefined, { analytics: 'in', sharing: 'out' }, mask('necessary', 'analytics')],
    [
      'what was said, before the default',
      { analytics: 'out', sharing: 'in' },
      { analytics: 'in' },
      mask('necessary', 'sharing'),
    ],
    ['pending is not in, whatever the default', { analytics: 'pending' }, { analytics: 'in' }, mask('necessary')],
    ['necessary cannot be refused', { necessary: 'out' }, {}, mask('necessary')],
  ] as const)('%s', (_, said, sourceDefault, expected) => {
    expect(collectedUnder(said, sourceDefault, false)).toBe(expected);
  });

  it('Sec-GPC denies advertising and sharing and leaves the rest', () => {
    const all = { analytics: 'in', personalization: 'in', advertising: 'in', sharing: 'in' } as const;
    expect(collectedUnder(all, all, true)).toBe(mask('necessary', 'analytics', 'personalization'));
  });
});

it('only an explicit out withdraws, and never what is necessary', () => {
  expect(withdrawnMask({ necessary: 'out', analytics: 'out', personalization: 'in', advertising: 'pending' })).toBe(
    mask('analytics'),
  );
});
