import type { Instant, Space } from '../../../core/lib/ids.ts';
import type { CompiledParts, Manifest } from '../../../core/ruleset/manifest.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { RESOURCE_SCHEMAS } from '../../../core/ruleset/schema.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';

export const SPACE = 'main' as Space;
/** In the middle of a year, so that the start of it is another day. */
export const NOW = Date.parse('2026-06-15T12:00:00Z') as Instant;
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
/** The tree of a rule's text. */
export function tree(text: string): Expression {
  const read = readRule(text);
  if (!read.ok) throw new Error(`${text}: ${read.error.detail}`);
  return read.value;
}
export const segment = (id: string, rule: string, change: object = {}) =>
  RESOURCE_SCHEMAS.segment.parse({
    id,
    name: id,
    rule: tree(rule),
    purpose: 'personalization',
    public: true,
    ...change,
  });
export const measure = (id: string, expression: string, change: object = {}) =>
  RESOURCE_SCHEMAS.measure.parse({ id, name: id, expression: tree(expression), ...change });
export const placement = (change: object = {}) =>
  RESOURCE_SCHEMAS.placement.parse({ id: 'hero', name: 'Hero', kind: 'html', ...change });
export const offer = (change: object = {}) =>
  RESOURCE_SCHEMAS.offer.parse({ id: 'gift', name: 'Gift', placements: ['hero'], content: '<p>gift</p>', ...change });

export const ranker = (change: object = {}) => RESOURCE_SCHEMAS.ranker.parse({ id: 'best', name: 'Best', ...change });
export const experiment = (change: object = {}) =>
  RESOURCE_SCHEMAS.experiment.parse({
    id: 'test',
    name: 'Test',
    status: 'running',
    on: { kind: 'placement', id: 'hero' },
    variants: [
      { id: 'a', weight: 0.5 },
      { id: 'b', weight: 0.5, value: { use: 'nothing' } },
    ],
    ...change,
  });
export const strategy = (change: object = {}) =>
  RESOURCE_SCHEMAS.strategy.parse({ id: 'recent', sources: [{ use: 'recentlyViewed' }], size: 4, ...change });

export const identitySetting = (change: object = {}) => RESOURCE_SCHEMAS.setting.parse({ id: 'identity', ...change });

export const GOLD = 'tier = "gold"';

export function sources(change: Partial<RulesetSources> = {}): RulesetSources {
  return {
    source: [source()],
    setting: [],
    attribute: [attribute()],
    measure: [],
    segment: [segment('gold', GOLD)],
    placement: [placement()],
    ranker: [],
    experiment: [],
    strategy: [],
    trackingPlan: [],
    offer: [offer({ eligibility: tree('inSegment("gold")') })],
    ...change,
  };
}

export function manifestOf(parts: CompiledParts, sequence = 1): Manifest {
  const names = [
    'program',
    'decisions',
    'rules',
    'sources',
    'identity',
    ...Object.keys(parts.browser).map((id) => `browser/${id}`),
  ];
  return {
    space: SPACE,
    sequence,
    stable: sequence,
    salt: 'salt',
    publishedAt: 0,
    parts: Object.fromEntries(names.map((name) => [name, name])),
  } as unknown as Manifest;
}
