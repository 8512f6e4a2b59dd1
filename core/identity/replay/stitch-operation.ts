import type { Identity } from '../../event/event.ts';
import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { namespaceOf } from '../identity-key.ts';
import { keysNamed } from './apply-event.ts';
import { components } from './components.ts';
import { reach } from './identity-graph.ts';
import { replayLinks } from './replay-links.ts';
import { isPersonal, personOf, settleStrands } from './settle-strands.ts';
import { StitchDraft } from './stitch-draft.ts';
import type { StitchRules } from './stitch-rules.ts';
import type { StitchedFact, StitchState } from './stitch-state.ts';

/** What is done to people rather than said by them. Each takes the state as it stands. */
export type StitchOperation =
  /** One identity: it leaves its profile. Several: they end in different profiles, along the weakest links. */
  | { readonly kind: 'split'; readonly identities: readonly Identity[] }
  /** `identity`: this id and what came through it. `person`: the whole profile of each. */
  | {
      readonly kind: 'erase';
      readonly scope: 'identity' | 'person';
      readonly suppress: boolean;
      readonly identities: readonly Identity[];
      readonly at: Instant;
    }
  /** Ends what has been idle for too long. */
  | { readonly kind: 'expire'; readonly now: Instant };

export function applyOperation(state: StitchState, operation: StitchOperation, rules: StitchRules): StitchState {
  const draft = new StitchDraft(state);
  if (operation.kind === 'split') split(draft, keysNamed(operation.identities, rules), rules);
  else if (operation.kind === 'expire') expire(draft, operation.now, rules);
  else {
    const named = keysNamed(operation.identities, rules);
    const keys = operation.scope === 'person' ? reach(draft, named).keys : named;
    // The named ones are fenced and suppressed even when unknown: their events may still be on the way.
    for (const key of keys) {
      const held = draft.erasures.get(key);
      const asked = named.includes(key) || (operation.scope === 'person' && isPersonal(key, rules));
      const suppress = (operation.suppress && asked) || (held?.suppress ?? false);
      draft.erasures.set(key, { at: operation.at, suppress });
    }
    erase(draft, new Set(keys), operation.scope, rules);
  }
  return draft.finish();
}

function split(draft: StitchDraft, keys: readonly IdentityKey[], rules: StitchRules): void {
  const { keys: touched, links } = reach(draft, keys);
  const [only] = keys;
  const kept =
    keys.length === 1
      ? links.filter(({ a, b }) => a !== only && b !== only)
      : replayLinks(links, rules, new Map(keys.map((key, side) => [key, side]))).kept;
  draft.relink(touched, kept);
  settleStrands(draft, touched, rules, 'travels');
}

/**
 * `person` takes the facts that live in the profile and leaves those that a device left with other people. `identity`
 * takes what came through it wherever it lives; what devices left with an erased person goes to the person that remains in
 * that profile, or goes too.
 */
function erase(
  draft: StitchDraft,
  keys: ReadonlySet<IdentityKey>,
  scope: 'identity' | 'person',
  rules: StitchRules,
): void {
  const { keys: touched, links } = reach(draft, keys);
  const heirs = new Map<IdentityKey, IdentityKey | null>();
  for (const members of components(touched, links)) {
    const left = members.filter((key) => !keys.has(key));
    const heir = personOf(draft, left, rules);
    for (const key of members) if (keys.has(key)) heirs.set(key, heir);
  }
  draft.relink(
    touched,
    links.filter(({ a, b }) => !keys.has(a) && !keys.has(b)),
  );
  settleStrands(draft, touched, rules);
  for (const fact of [...draft.facts.values()]) {
    const owner = ownerOf(fact);
    if (scope === 'identity' ? keys.has(fact.strand) : keys.has(owner)) draft.facts.delete(fact.id);
    else if (keys.has(owner)) {
      const heir = heirs.get(owner) ?? null;
      if (heir === null) draft.facts.delete(fact.id);
      else draft.facts.set(fact.id, { ...fact, keptBy: heir });
    }
  }
  for (const key of keys) draft.strands.delete(key);
}

/** The identity whose profile holds a fact. */
export function ownerOf(fact: StitchedFact): IdentityKey {
  return fact.keptBy ?? fact.strand;
}

function expire(draft: StitchDraft, now: Instant, rules: StitchRules): void {
  const { anonymousTtlMs, anonymousNamespaces, identityTtlMs } = rules.policy;
  const isAnonymous = (key: IdentityKey) => {
    const namespace = namespaceOf(key);
    if (anonymousNamespaces !== null) return anonymousNamespaces.includes(namespace);
    const type = rules.namespaces.byCode.get(namespace)?.type;
    return type === 'device' || type === 'cookie';
  };
  const idle = (key: IdentityKey, ttlMs: number) => now - (draft.strands.get(key)?.lastSeen ?? now) >= ttlMs;
  if (identityTtlMs !== null) {
    const ended = [...draft.strands.keys()].filter((key) => idle(key, identityTtlMs));
    erase(draft, new Set(ended), 'person', rules);
  }
  if (anonymousTtlMs === null) return;
  const { keys, links } = reach(draft, draft.strands.keys());
  const ended = components(keys, links).filter((members) =>
    members.every((key) => isAnonymous(key) && idle(key, anonymousTtlMs)),
  );
  erase(draft, new Set(ended.flat()), 'person', rules);
}
