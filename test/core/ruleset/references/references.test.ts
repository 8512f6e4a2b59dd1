import { describe, expect, it } from 'vitest';
import { compileDraft, type StoredResource } from '../../../../core/ruleset/draft.ts';
import { referencesOf } from '../../../../core/ruleset/references/references.ts';
import { RESOURCE_KINDS, type ResourceKind } from '../../../../core/ruleset/resources.ts';
import { NOW, offer, SPACE, segment } from '../ruleset-fixture.ts';
import { EVERYTHING } from './named-everything.ts';

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }) => `${kind} ${id}`;
const compile = (draft: readonly StoredResource[]) => {
  const compiled = compileDraft(SPACE, draft, NOW);
  return compiled.ok ? [] : compiled.error;
};
const isAboutNames = ({ code }: { readonly code: string }) => code.startsWith('unknown');

/** `offer gift /eligibility` for everything that a publish would miss without a resource. */
function missed(without: StoredResource): readonly string[] {
  const found = compile(EVERYTHING.filter((each) => each !== without)).filter(isAboutNames);
  return [...new Set(found.map((problem) => `${keyOf(problem)} ${problem.pointer}`))].sort();
}

/** The same by the registry. */
function named({ kind, id }: StoredResource): readonly string[] {
  const found = EVERYTHING.flatMap((each) =>
    referencesOf(each.kind, each.body)
      .filter((reference) => reference.id === id && reference.kinds.includes(kind as ResourceKind))
      .map(({ pointer }) => `${keyOf(each)} ${pointer}`),
  );
  return [...new Set(found)].sort();
}

/** What an attribute trusts most may be gone: a publish lets it. */
const NOT_MISSED = (place: string) => place.startsWith('attribute ') && place.includes('/merge/sources/');

describe('references', () => {
  it('are tried on a draft that is sound and has every kind', () => {
    expect(compile(EVERYTHING)).toEqual([]);
    expect([...new Set(EVERYTHING.map(({ kind }) => kind))].sort()).toEqual([...RESOURCE_KINDS].sort());
  });

  it.each(EVERYTHING.map((each) => [keyOf(each), each] as const))(
    'are exactly what a publish misses without %s',
    (_, each) => {
      expect(named(each).filter((place) => !NOT_MISSED(place))).toEqual(missed(each));
    },
  );

  it('lead from every kind to every kind that it can name', () => {
    const ways = EVERYTHING.flatMap((each) =>
      referencesOf(each.kind, each.body).map(({ kinds }) => `${each.kind} → ${kinds.join('|')}`),
    );
    expect([...new Set(ways)].sort()).toEqual([
      'attribute → source',
      'experiment → attribute',
      'experiment → attribute|measure',
      'experiment → offer',
      'experiment → placement',
      'experiment → ranker',
      'experiment → segment',
      'experiment → setting',
      'measure → attribute|measure',
      'measure → segment',
      'offer → attribute',
      'offer → attribute|measure',
      'offer → measure',
      'offer → placement',
      'offer → segment',
      'offer → strategy',
      'placement → ranker',
      'ranker → attribute|measure',
      'ranker → measure',
      'ranker → offer',
      'ranker → segment',
      'ranker → strategy',
      'segment → attribute|measure',
      'segment → segment',
      'trackingPlan → source',
    ]);
  });

  it('are no variables, elements, events or fields', () => {
    const rule = 'exists o from xEvent where (o.total > 3 and o.tier = "gold" and eventType = "order.placed")';
    expect(referencesOf('segment', segment('a', rule)).map(({ id }) => id)).toEqual(['eventType']);
    expect(referencesOf('segment', segment('a', 'xEvent[tier = "gold" and total > ^.limit].count() > 1'))).toEqual([
      { kinds: ['attribute', 'measure'], id: 'limit', pointer: '/rule' },
    ]);
  });

  it('are none where something is not a resource any more', () => {
    expect(referencesOf('offer', { ...offer(), placements: 'hero' })).toEqual([]);
    expect(referencesOf('nothing', {})).toEqual([]);
  });
});
