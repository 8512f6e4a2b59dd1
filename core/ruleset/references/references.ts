import type { Offer } from '../../decision/offer.ts';
import type { Ranker } from '../../decision/ranker.ts';
import type { Experiment } from '../../experiment/experiment.ts';
import { DEFAULT_IDENTITY } from '../../identity/identity-config.ts';
import { RESOURCE_KINDS, type ResourceKind, type ResourceOf } from '../resources.ts';
import { RESOURCE_SCHEMAS } from '../schema.ts';
import { contentReferences, contentsReferences } from './content-references.ts';
import { type Reference, to } from './reference.ts';
import { ruleReferences } from './rule-references.ts';

/** What a resource of each kind names, in its stored form. A new kind is a line here. */
const REFERENCES = {
  source: () => [],
  attribute: ({ merge }) => (merge?.sources ?? []).map((id, i) => to('source', id, `/merge/sources/${i}`)),
  measure: ({ expression }) => ruleReferences(expression, '/expression'),
  segment: ({ rule }) => ruleReferences(rule, '/rule'),
  // A fallback is shown where nothing is known of anybody: it names nothing.
  placement: ({ ranker }) => (ranker === undefined ? [] : [to('ranker', ranker, '/ranker')]),
  offer: offerReferences,
  ranker: rankerReferences,
  experiment: experimentReferences,
  strategy: () => [],
  trackingPlan: ({ id }) => [to('source', id, '/id')],
  setting: () => [],
} as const satisfies { readonly [K in ResourceKind]: (resource: ResourceOf[K]) => readonly Reference[] };

/** What a stored resource names. Nothing of one that does not fit its schema any more: it cannot be published either. */
export function referencesOf(kind: string, body: unknown): readonly Reference[] {
  const known = RESOURCE_KINDS.find((each) => each === kind);
  return known ? readReferences(known, body) : [];
}

function readReferences<K extends ResourceKind>(kind: K, body: unknown): readonly Reference[] {
  const parsed = RESOURCE_SCHEMAS[kind].safeParse(body);
  const read = REFERENCES[kind] as (resource: ResourceOf[K]) => readonly Reference[];
  return parsed.success ? read(parsed.data as ResourceOf[K]) : [];
}

function offerReferences(offer: Offer): readonly Reference[] {
  const { placements, eligibility, content, contents, translations } = offer;
  return [
    ...placements.map((id, i) => to('placement', id, `/placements/${i}`)),
    ...(eligibility ? ruleReferences(eligibility, '/eligibility') : []),
    ...contentReferences(content, '/content'),
    ...contentsReferences(contents, '/contents'),
    ...Object.entries(translations ?? {}).flatMap(([language, each]) => [
      ...contentReferences(each.content, `/translations/${language}/content`),
      ...contentsReferences(each.contents, `/translations/${language}/contents`),
    ]),
  ];
}

function rankerReferences(ranker: Ranker): readonly Reference[] {
  switch (ranker.method) {
    case 'priority':
      return [];
    case 'formula':
      // `offer` is the offer that is ranked.
      return ruleReferences(ranker.expression, '/expression').filter(({ id }) => id !== 'offer');
    case 'affinity':
      return [to('measure', ranker.measure, '/measure')];
    case 'recommendation':
      return [to('strategy', ranker.strategy, '/strategy')];
    case 'bandit':
      return (ranker.buckets ?? []).flatMap((bucket, i) =>
        bucket.startsWith('context.') ? [] : [to('segment', bucket, `/buckets/${i}`)],
      );
    case 'manual':
      return ranker.order.map((id, i) => to('offer', id, `/order/${i}`));
  }
}

function experimentReferences({ on, variants, eligibility, hash }: Experiment): readonly Reference[] {
  return [
    to(on.kind, on.id, '/on/id'),
    ...variants.flatMap(({ value }, i) => {
      if (value.use === 'content') return contentReferences(value.content, `/variants/${i}/value/content`);
      return 'id' in value ? [to(value.use, value.id, `/variants/${i}/value/id`)] : [];
    }),
    ...(eligibility ? ruleReferences(eligibility, '/eligibility') : []),
    // Those that every space has need no setting.
    ...(['attribute', 'fallback'] as const).flatMap((member) => {
      const code = hash[member];
      return code === undefined || OWN_CODES.has(code) ? [] : [to('setting', 'identity', `/hash/${member}`)];
    }),
  ];
}

const OWN_CODES: ReadonlySet<string> = new Set([
  'profile',
  'device',
  ...DEFAULT_IDENTITY.namespaces.map(({ code }) => code),
]);
