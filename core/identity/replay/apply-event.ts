import type { Identity } from '../../event/event.ts';
import { type IdentityKey, identityKey } from '../identity-key.ts';
import { screenIdentities } from '../screen-identities.ts';
import { applyChoices } from './carry-choices.ts';
import { reach } from './identity-graph.ts';
import { planLinks } from './plan-links.ts';
import { replayLinks, type Sides } from './replay-links.ts';
import { isPersonal, personOf, settleStrands } from './settle-strands.ts';
import type { StitchDraft } from './stitch-draft.ts';
import type { StitchEvent } from './stitch-event.ts';
import type { StitchRules } from './stitch-rules.ts';
import type { DropCause, EventOutcome } from './stitch-state.ts';

const NOTHING = { primary: null, problem: null, refused: null, removed: [], evicted: [] } as const;

/** Takes one event in: screen, link, move strands, store. A known event id changes nothing. */
export function applyStitchEvent(draft: StitchDraft, event: StitchEvent, rules: StitchRules): EventOutcome {
  const known = draft.outcomes.get(event.id);
  if (known) return known;
  const outcome = outcomeOf(draft, event, rules);
  draft.outcomes.set(event.id, outcome);
  return outcome;
}

function outcomeOf(draft: StitchDraft, event: StitchEvent, rules: StitchRules): EventOutcome {
  const screened = screenIdentities(event.identities, rules.namespaces, {
    maxIdentities: rules.maxIdentitiesPerEvent,
    verified: event.verified,
    oneOfUnique: event.kind === 'record' || event.kind === 'logout',
  });
  if (screened.problem !== null)
    return { ...NOTHING, kind: 'rejected', problem: screened.problem, dropped: screened.dropped };

  const fenced = screened.keys.map((key) => ({ key, reason: fenceOf(draft, key, event) }));
  const keys = fenced.filter(({ reason }) => reason === null).map(({ key }) => key);
  const dropped = [
    ...screened.dropped,
    ...fenced.flatMap(({ key, reason }) => (reason === null ? [] : [{ key, reason }])),
  ];
  const [primary] = keys;
  // What an erased person sent before the erasure is that person's, even when it names a device too.
  if (fenced[0]?.reason === 'erased') return { ...NOTHING, kind: 'late', dropped };
  if (primary === undefined) return { ...NOTHING, kind: 'nobody', dropped };

  const newcomers = new Set(keys.filter((key) => !draft.strands.has(key)));
  for (const key of keys) draft.see(key, event.stamp);
  // A logout is the last act of the person who leaves; any other event belongs to whom it links to.
  if (event.kind === 'logout') store(draft, event, primary);
  const linked = event.kind === 'logout' ? logOut(draft, keys, rules) : link(draft, event, keys, newcomers, rules);
  if (event.kind !== 'logout') store(draft, event, primary);
  applyChoices(draft, event, keys, rules);
  return { kind: 'stored', primary, problem: null, dropped, ...linked };
}

function store(draft: StitchDraft, { id, stamp }: StitchEvent, strand: IdentityKey): void {
  draft.facts.set(id, { id, stamp, strand, generation: draft.strands.get(strand)?.generation ?? 1, keptBy: null });
}

function fenceOf(draft: StitchDraft, key: IdentityKey, { stamp }: StitchEvent): DropCause | null {
  const erasure = draft.erasures.get(key);
  if (!erasure) return null;
  if (stamp.at <= erasure.at) return 'erased';
  return erasure.suppress ? 'suppressed' : null;
}

type Linked = Pick<EventOutcome, 'refused' | 'removed' | 'evicted'>;

function link(
  draft: StitchDraft,
  event: StitchEvent,
  keys: readonly IdentityKey[],
  newcomers: ReadonlySet<IdentityKey>,
  rules: StitchRules,
): Linked {
  const merges = reach(draft, keys).keys.reduce((sum, key) => sum + (draft.strands.get(key)?.merges ?? 0), 0);
  const force = event.kind === 'force';
  const plan = planLinks(
    draft,
    { keys, stamp: event.stamp, verified: event.verified || force, newcomers, merges, force },
    rules,
  );
  draft.relink(plan.touched, plan.kept);
  settleStrands(draft, plan.touched, rules);
  const host = keys[0];
  if (plan.merges > 0 && host !== undefined) {
    draft.change(host, { merges: (draft.strands.get(host)?.merges ?? 0) + plan.merges });
  }
  return { refused: plan.refused, removed: plan.removed, evicted: plan.evicted };
}

/**
 * Under `stay` a logout takes the named devices away from the person, so that whoever comes next starts empty. Under
 * `follow-device` the last authenticated person owns the device until the next one (Adobe): a logout changes no link.
 */
function logOut(draft: StitchDraft, keys: readonly IdentityKey[], rules: StitchRules): Linked {
  const nothing = { refused: null, removed: [], evicted: [] } as const;
  if (rules.policy.anonymousHistory !== 'stay') return nothing;
  const devices = keys.filter((key) => !isPersonal(key, rules));
  const { keys: touched, links } = reach(draft, devices);
  if (personOf(draft, touched, rules) === null) return nothing;
  const sides: Sides = new Map([
    ...touched.filter((key) => isPersonal(key, rules)).map((key) => [key, 0] as const),
    ...devices.map((key) => [key, 1] as const),
  ]);
  const { kept, removed } = replayLinks(links, rules, sides);
  draft.relink(touched, kept);
  settleStrands(draft, touched, rules);
  return { ...nothing, removed };
}

/** Keys of identities as an operator names them: normalised where the namespace knows them, as they came where not. */
export function keysNamed(identities: readonly Identity[], rules: StitchRules): readonly IdentityKey[] {
  return identities.map((identity) => {
    const screened = screenIdentities([identity], rules.namespaces, {
      maxIdentities: 1,
      verified: true,
      oneOfUnique: false,
    });
    return screened.keys[0] ?? identityKey(identity);
  });
}
