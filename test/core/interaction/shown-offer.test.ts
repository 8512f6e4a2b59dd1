import { describe, expect, it } from 'vitest';
import { shownOffer } from '../../../core/interaction/shown-offer.ts';
import type { JsonObject } from '../../../core/lib/json.ts';

describe('an impression counts', () => {
  it.each<[string, JsonObject, object]>([
    ['for its offer', { placement: 'hero', offer: 'spring' }, { placement: 'hero', offer: 'spring' }],
    ['for the fallback', { placement: 'hero', offer: null }, { placement: 'hero', offer: '' }],
    ['for the fallback that is not named', { placement: 'hero' }, { placement: 'hero', offer: '' }],
  ])('%s', (_, data, expected) => {
    expect(shownOffer({ data })).toEqual(expected);
  });

  it.each<[string, JsonObject]>([
    ['without a placement', { offer: 'spring' }],
    ['with a placement that is no id', { placement: '<b>', offer: 'spring' }],
    ['with an offer that is no id', { placement: 'hero', offer: '../spring' }],
    ['with a name that is longer than ids are', { placement: 'a'.repeat(500) }],
    ['with a line in it', { placement: 'hero\nexperiment' }],
  ])('for nothing %s', (_, data) => {
    expect(shownOffer({ data })).toBeNull();
  });
});
