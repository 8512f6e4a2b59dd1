import { stableJson } from '../../lib/stable-json.ts';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../resources.ts';
import type { Consequence } from './consequence.ts';
import type { ContentResource, ResourceChange } from './content-diff.ts';
import { experimentConsequences } from './experiment-consequences.ts';
import { placingConsequences } from './placing-consequences.ts';
import { settingConsequences } from './setting-consequences.ts';
import { sourceConsequences } from './source-consequences.ts';
import { useConsequences } from './use-consequences.ts';

/** What the difference of two configurations means: counts first, then what is easily overlooked. `changes` are between `before` and `after`. */
export function consequencesOf(
  changes: readonly ResourceChange[],
  before: readonly ContentResource[],
  after: readonly ContentResource[],
): readonly Consequence[] {
  return [
    ...RESOURCE_KINDS.flatMap((kind) => counted(kind, changes)),
    ...placingConsequences(changes, before, after),
    ...useConsequences(changes, after),
    ...changes.flatMap(memberConsequences),
    ...changes.flatMap(browserConsequences),
    ...changes.flatMap(experimentConsequences),
    ...changes.flatMap(settingConsequences),
    ...changes.flatMap(sourceConsequences),
  ];
}

function counted(kind: ResourceKind, changes: readonly ResourceChange[]): readonly Consequence[] {
  const of = (change: ResourceChange['change']) =>
    changes.filter((each) => each.kind === kind && each.change === change).length;
  const [added, changed, removed] = [of('added'), of('changed'), of('removed')];
  if (added + changed + removed === 0) return [];
  const one = kind === 'trackingPlan' ? 'tracking plan' : kind;
  const noun = (count: number) => (count === 1 ? `1 ${one}` : `${count} ${KINDS[kind].plural.replace('-', ' ')}`);
  const parts = [
    ...(added > 0 ? [`${noun(added)} ${added === 1 ? 'is' : 'are'} new`] : []),
    ...(changed > 0 ? [`${noun(changed)} ${changed === 1 ? 'changes' : 'change'}`] : []),
    ...(removed > 0 ? [`${noun(removed)} ${removed === 1 ? 'goes' : 'go'}`] : []),
  ];
  return [{ code: 'counted', about: null, data: { kind, added, changed, removed }, sentence: `${parts.join(', ')}.` }];
}

/** Of members that several kinds share. */
function memberConsequences({ kind, id, change, before, after }: ResourceChange): readonly Consequence[] {
  if (change !== 'changed' || before === null || after === null) return [];
  const about = { kind, id };
  const [was, is] = [before.body, after.body];
  const found: Consequence[] = [];
  if (kind === 'segment' && stableJson(was.rule) !== stableJson(is.rule))
    found.push({
      code: 'evaluatedAnew',
      about,
      data: {},
      sentence: `Segment ${id} has another rule: who is in it is worked out anew, for each person at the next visit.`,
    });
  if (was.purpose !== is.purpose && kind !== 'source')
    found.push({
      code: 'purposeChanged',
      about,
      data: { before: was.purpose ?? null, after: is.purpose ?? null },
      sentence: `${title(kind)} ${id} is for ${is.purpose} instead of ${was.purpose}: it counts for people who consented to that, with what was collected under it.`,
    });
  if (typeof was.public === 'boolean' && typeof is.public === 'boolean' && was.public !== is.public)
    found.push({
      code: 'visibilityChanged',
      about,
      data: { public: is.public },
      sentence: is.public
        ? `${title(kind)} ${id} becomes public: pages can read it.`
        : `${title(kind)} ${id} is not public any more: pages that read it find nothing.`,
    });
  return found;
}

/** Of a segment that is marked for browsers, before or after. */
function browserConsequences({ kind, id, before, after }: ResourceChange): readonly Consequence[] {
  if (kind !== 'segment') return [];
  const [was, is] = [before?.body.inBrowser === true, after?.body.inBrowser === true];
  if (was === is) return [];
  const sentence = is
    ? `Segment ${id} is given to browsers from now on: everybody can read its rule, and the rules that it is built on.`
    : `Segment ${id} is not given to browsers any more: pages that evaluate it find nobody in it.`;
  return [{ code: 'browserRuleChanged', about: { kind, id }, data: { inBrowser: is }, sentence }];
}

function title(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
