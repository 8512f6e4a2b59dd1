import type { Space } from '../../../core/lib/ids.ts';
import type { CompiledParts, Manifest } from '../../../core/ruleset/manifest.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { RESOURCE_SCHEMAS } from '../../../core/ruleset/schema.ts';

export const SPACE = 'main' as Space;
export const HASH = 'a'.repeat(64);

export const source = (change: object = {}) =>
  RESOURCE_SCHEMAS.source.parse({
    id: 'web',
    name: 'Web',
    writeKeys: ['wk_main.12345678'],
    serverKeyHashes: [],
    proofKeys: [],
    allowedOrigins: ['https://shop.example'],
    ...change,
  });
export const attribute = (change: object = {}) =>
  RESOURCE_SCHEMAS.attribute.parse({ id: 'tier', name: 'Tier', type: 'string', ...change });
export const segment = (id: string, rule: unknown, change: object = {}) =>
  RESOURCE_SCHEMAS.segment.parse({ id, name: id, rule, purpose: 'personalization', public: true, ...change });
export const placement = (change: object = {}) =>
  RESOURCE_SCHEMAS.placement.parse({ id: 'hero', name: 'Hero', kind: 'html', ...change });
export const offer = (change: object = {}) =>
  RESOURCE_SCHEMAS.offer.parse({ id: 'gift', name: 'Gift', placements: ['hero'], content: '<p>gift</p>', ...change });

export const GOLD = { op: 'attribute', name: 'tier', is: '=', value: 'gold' };

export function sources(change: Partial<RulesetSources> = {}): RulesetSources {
  return {
    source: [source()],
    attribute: [attribute()],
    segment: [segment('gold', GOLD)],
    placement: [placement()],
    offer: [offer({ eligibility: { op: 'inSegment', segment: 'gold' } })],
    ...change,
  };
}

export function manifestOf(parts: CompiledParts, sequence = 1): Manifest {
  const names = ['program', 'decisions', 'sources', ...Object.keys(parts.browser).map((id) => `browser/${id}`)];
  return {
    space: SPACE,
    sequence,
    stable: sequence,
    salt: 'salt',
    publishedAt: 0,
    parts: Object.fromEntries(names.map((name) => [name, name])),
  } as unknown as Manifest;
}
