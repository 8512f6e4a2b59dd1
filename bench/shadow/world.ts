import { formatProfileId, type Instant, type ProfileId } from '../../core/lib/ids.ts';
import { NECESSARY_MASK } from '../../core/policy/purposes.ts';
import type { Attribute } from '../../core/profile/attribute.ts';
import type { RulesSide } from '../../core/ruleset/rule-nodes.ts';
import { parseExpression } from '../../core/segment/language/parse-expression.ts';
import type { LogEvent } from '../../core/segment/runtime/log/log.ts';
import { createBehaviourSegments } from '../engine/workload/behaviour-segments.ts';
import type { Profile } from '../engine/workload/descriptor.ts';
import { createEvents } from '../engine/workload/events.ts';
import { ATTRIBUTES, createProfile } from '../engine/workload/profile.ts';
import { createProfileSegments } from '../engine/workload/profile-segments.ts';
import { createRandom } from '../engine/workload/random.ts';
import { textOfBehaviour, textOfProfileRule } from '../engine/workload/rule-text.ts';

export interface Person {
  readonly id: ProfileId;
  readonly attributes: Profile;
  readonly events: readonly LogEvent[];
}

/** How many rules of each kind an edit has replaced. */
export interface Edit {
  readonly attributeRules: number;
  readonly behaviourRules: number;
}

export const NOW = Date.UTC(2026, 10, 20, 12) as Instant;
const SEED = 0x5ad0;
const ATTRIBUTE_RULES = 1_000;
const BEHAVIOUR_RULES = 200;
/** Most people did little, some very much. */
const SIZES: readonly number[] = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 400];
const TYPES = { choice: 'string', text: 'string', number: 'number', flag: 'boolean' } as const;

export function createPeople(count: number): readonly Person[] {
  const random = createRandom(SEED);
  const size = random.deck(SIZES);
  return Array.from({ length: count }, () => ({
    id: formatProfileId(
      Uint8Array.from({ length: 16 }, () => random.whole(0, 255)),
      0,
      'none',
    ),
    attributes: createProfile(random),
    events: createEvents(random, size(), NOW - random.whole(1_000, 100_000)).map(
      ({ id, source, type, at, data }): LogEvent => ({
        id,
        source,
        type,
        at,
        strand: 0,
        purposes: NECESSARY_MASK,
        data: { ...data },
        context: { device: 'phone', path: `/${type}` },
      }),
    ),
  }));
}

interface Rule {
  readonly id: string;
  readonly text: string;
}

function rules(seed: number): readonly Rule[] {
  const random = createRandom(seed);
  const profile = createProfile(random);
  return [
    ...createProfileSegments(random, profile, ATTRIBUTE_RULES).map(({ id, rule }) => ({
      id,
      text: textOfProfileRule(rule),
    })),
    ...createBehaviourSegments(random, BEHAVIOUR_RULES).map((segment) => ({
      id: segment.id,
      text: textOfBehaviour(segment),
    })),
  ];
}

/** What is live, and the same with some rules replaced by others of their kind. */
export function createSides(edit: Edit): { readonly before: RulesSide; readonly after: RulesSide } {
  const [live, other] = [rules(SEED + 1), rules(SEED + 2)];
  const isReplaced = (place: number) =>
    place < edit.attributeRules || (place >= ATTRIBUTE_RULES && place < ATTRIBUTE_RULES + edit.behaviourRules);
  return {
    before: sideOf(live),
    after: sideOf(live.map((rule, place) => (isReplaced(place) ? { ...rule, text: other[place]?.text ?? '' } : rule))),
  };
}

function sideOf(list: readonly Rule[]): RulesSide {
  const segments = list.map(({ id, text }) => {
    const parsed = parseExpression(text);
    if (!parsed.ok) throw new Error(`${id}: ${parsed.error.detail}`);
    return { id, rule: parsed.value.tree, purpose: 'necessary' as const };
  });
  const attributes = ATTRIBUTES.map(
    ({ name, kind }): Attribute => ({
      id: name,
      name,
      type: TYPES[kind],
      labels: [],
      public: false,
      requires: 'anonymous',
    }),
  );
  return { rules: { segments, measures: [], eligibility: [] }, offers: [], attributes, timeZone: 'UTC' };
}
