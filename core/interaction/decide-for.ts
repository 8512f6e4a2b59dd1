import { type Decisions, decidePlacements } from '../decision/decide.ts';
import type { DecisionSubject } from '../decision/decision-subject.ts';
import { keptReceipt } from '../decision/kept-receipt.ts';
import { noteDecided } from '../decision/ledger.ts';
import { planOf } from '../decision/plan/decision-plan.ts';
import type { AuthState } from '../event/event.ts';
import { reachesAuthState } from '../event/reaches-auth-state.ts';
import { joinAssignments, pruneAssignments } from '../experiment/assignment.ts';
import { liveVersion } from '../experiment/loaded-experiments.ts';
import { packAssignments, unpackAssignments } from '../experiment/packed-assignments.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import { type JsonObject, type JsonValue, readPath } from '../lib/json.ts';
import type { PageContext } from '../model/recommend/candidates.ts';
import type { VisitorRow } from '../model/recommend/visitor.ts';
import { ALL_PURPOSES_MASK, type PurposeMask } from '../policy/purposes.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { createLog } from '../segment/runtime/log/log.ts';
import { JUMP } from '../segment/runtime/program.ts';
import { createResident, type Resident, type Subject } from '../segment/runtime/resident.ts';
import { choicesOf, setChoices } from './choices.ts';
import type { InteractCommand } from './command.ts';
import { itemActs } from './item-acts.ts';
import { createItemViews, type ItemViews } from './item-views.ts';
import { withdrawnNow } from './live.ts';
import { measureJson } from './measure-json.ts';
import { rememberArms } from './note-arms.ts';
import { countVariants, variantsDecided } from './note-variants.ts';
import type { NotedAnswer } from './noted-answer.ts';
import type { OutboxChunk } from './outbox.ts';
import { consentedNow } from './presence.ts';
import type { ProfileState } from './state.ts';

const STRANGER: Subject = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };
const NO_MEMBERS = new Uint8Array(0);

function stranger({ engine }: LoadedRuleset, now: Instant): Resident {
  return createResident(engine, createLog(engine.program.log, 0), STRANGER, now);
}

/** `profile`: left out for somebody who has none, and gets none. */
export type Asking = Pick<
  InteractCommand,
  'now' | 'defaultConsent' | 'denied' | 'placements' | 'requestId' | 'context' | 'languages' | 'leases' | 'preview'
> & {
  readonly profile?: ProfileId;
  readonly include: Pick<InteractCommand['include'], 'trace'>;
  /** What the page told with the same request. */
  readonly events?: InteractCommand['events'];
};

/** Decides for the profile as it is now; without a profile, for somebody about whom nothing is known, not even a choice. */
export function decideFor(
  state: ProfileState | null,
  through: Strand | null,
  authState: AuthState,
  command: Asking,
  ruleset: LoadedRuleset,
  isJoining: boolean,
): Decisions {
  const { placements, requestId, now, include } = command;
  const strands = state?.strands ?? [];
  const consented = consentedNow(strands, state ? through : null, command.defaultConsent, command.denied);
  if (placements.length === 0) {
    return decidePlacements(ruleset, { now, state: authState, consented, members: NO_MEMBERS }, [], {
      requestId,
      trace: include.trace,
    });
  }
  const resident = residentAt(state, ruleset, now, command.preview?.at ?? null);
  const choices = choicesOf(strands);
  const items = itemViews(state, command, consented, ruleset);
  const subject: DecisionSubject = {
    now: (command.preview?.at ?? now) as Instant,
    state: authState,
    consented,
    members: asMember(resident.members, command.preview?.segments ?? [], ruleset),
    ...(command.profile && { unit: command.profile }),
    isJoining,
    unitOf: (namespace) => valueIn(strands, through, namespace),
    value: (cell) => resident.value(cell),
    publicValue: publicValues(state, resident, authState, command.context ?? {}, ruleset, items),
    recommend: items.recommend,
    languages: command.languages ?? [],
    ledger: choices.decided,
    assignments: choices.assignments,
    ...(command.context && { context: command.context }),
    ...(command.leases && { leases: command.leases }),
    preview: command.preview ?? null,
  };
  const receipt = { sequence: ruleset.sequence, profile: state ? (command.profile ?? null) : null };
  return decidePlacements(ruleset, subject, placements, { requestId, trace: include.trace, receipt });
}

/** Items for this visitor on this page. Who did not agree to personalization is nobody in particular, who must not be shown again what they bought. */
function itemViews(
  state: ProfileState | null,
  { now, preview, profile, context = {}, events = [] }: Asking,
  consented: PurposeMask,
  ruleset: LoadedRuleset,
): ItemViews {
  const refused = ALL_PURPOSES_MASK & ~consented;
  let acts: readonly VisitorRow[] | null = state ? null : [];
  return createItemViews(ruleset, {
    acts: () => {
      acts ??= state ? itemActs(state.log, (strand) => withdrawnNow(state, strand) | refused) : [];
      return acts;
    },
    page: pageOf(context, events),
    now: (preview?.at ?? now) as Instant,
    seed: profile ?? '',
  });
}

/** What the page is about: as the request says, else the product that it says was viewed. */
function pageOf(context: JsonObject, events: InteractCommand['events']): PageContext {
  const { item, category, cart } = context;
  const viewed = events.findLast(({ type }) => type === 'product.viewed')?.data.productId;
  return {
    item: textOr(item, textOr(viewed, null)),
    category: textOr(category, null),
    cart: Array.isArray(cart) ? cart.filter((each) => typeof each === 'string') : null,
  };
}

function textOr(value: JsonValue | undefined, otherwise: string | null): string | null {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** A preview may ask how it would be at another time; that is worked out apart, and changes nothing. */
function residentAt(state: ProfileState | null, ruleset: LoadedRuleset, now: Instant, at: Instant | null): Resident {
  if (!state?.live) return stranger(ruleset, at ?? now);
  if (at === null) return state.live.resident;
  const subject: Subject = {
    ...STRANGER,
    attribute: (name) => state.attributes.get(name),
    withdrawn: (strand) => withdrawnNow(state, strand),
  };
  return createResident(ruleset.engine, state.log, subject, at);
}

/** As if the visitor were in these segments: they, and every rule that asks for nothing else. */
function asMember(members: Uint8Array, segments: readonly string[], { positions, engine }: LoadedRuleset): Uint8Array {
  if (segments.length === 0) return members;
  const { segments: rules, code } = engine.program;
  const wanted = segments.flatMap((id) => rules[positions.get(id) ?? -1] ?? []);
  const starts = new Set(wanted.map(({ start }) => start));
  const literals = new Set(wanted.map(({ ifMember }) => ifMember).filter((literal) => literal >= 0));
  const isForced = (start: number): boolean =>
    starts.has(start) || (start >= 0 && literals.has(code[start] as number) && code[start + 1] === JUMP.member);
  return members.map((member, position) => (isForced(rules[position]?.start ?? JUMP.notMember) ? 1 : member));
}

/** The device that asks before others; else whichever of the namespace counts. */
function valueIn(strands: readonly Strand[], through: Strand | null, namespace: string): string | null {
  if (through?.identity.namespace === namespace) return through.identity.value;
  return (
    strands.find((strand) => countsHere(strand) && strand.identity.namespace === namespace)?.identity.value ?? null
  );
}

/** What contents may show: public attributes and measures that this authentication state may see, and what the request itself said. */
function publicValues(
  state: ProfileState | null,
  resident: Resident,
  authState: AuthState,
  context: JsonObject,
  { attributes, measures }: LoadedRuleset,
  items: ItemViews,
): NonNullable<DecisionSubject['publicValue']> {
  return (path, item) => {
    const dot = path.indexOf('.');
    const [root, name] = [path.slice(0, dot), path.slice(dot + 1)];
    if (root === 'context') return readPath(context, name.split('.'));
    if (root === 'item' || root === 'items') return items.value(path, item);
    if (!state) return undefined;
    if (root === 'attribute') {
      const declared = attributes.get(name);
      if (!declared?.public || !reachesAuthState(authState, declared.requires)) return undefined;
      return state.attributes.get(name);
    }
    const measure = root === 'measure' ? measures.get(name) : undefined;
    if (!measure?.public || !reachesAuthState(authState, measure.requires ?? 'anonymous')) return undefined;
    return measureJson(resident.value(measure.cell), state.log, state.evaluatedAt);
  };
}

/** Stores what an answer used up, who was assigned to what, how often what was decided, and the receipt. */
export function noteAnswer(
  strand: Strand,
  { noted, assignments, propositions, drawn, receipt }: Decisions,
  chunk: OutboxChunk,
  request: string,
  at: Instant,
  ruleset: LoadedRuleset,
): NotedAnswer {
  if (noted.size > 0) {
    const { capsByKey } = planOf(ruleset);
    const decided = noteDecided(strand.choices?.decided ?? {}, noted, at, (key) => capsByKey.get(key) ?? []);
    setChoices(strand, { decided });
  }
  if (assignments.length > 0) {
    const held = unpackAssignments(strand.choices?.assigned ?? []);
    const all = pruneAssignments(joinAssignments(held, assignments), (id) => liveVersion(ruleset.experiments, id));
    setChoices(strand, { assigned: packAssignments(all) });
  }
  rememberArms(strand, drawn, at);
  const names = propositions.map(({ placement, offer }) => `${placement}\n${offer ?? ''}`);
  for (const name of names) chunk.decisions[name] = (chunk.decisions[name] ?? 0) + 1;
  const variants = variantsDecided(propositions, ruleset);
  countVariants(chunk, variants, 1);
  if (receipt) {
    chunk.receipts ??= [];
    chunk.receipts.push(keptReceipt(receipt, chunk.receipts));
  }
  return { request, strand, noted, at, chunk, names, variants };
}

/** The answer is given anew, for more of the person than before: what the first one noted counts no more. Assignments stay: the first is the one that holds. */
export function takeBack({ request, strand, noted, at, chunk, names, variants }: NotedAnswer): void {
  const decided = { ...strand.choices?.decided };
  for (const [key, count] of noted) {
    const instants = [...(decided[key] ?? [])];
    for (let i = 0; i < count; i++) {
      const place = instants.indexOf(at);
      if (place >= 0) instants.splice(place, 1);
    }
    if (instants.length > 0) decided[key] = instants;
    else delete decided[key];
  }
  if (noted.size > 0) setChoices(strand, { decided });
  for (const name of names) {
    const count = (chunk.decisions[name] ?? 0) - 1;
    if (count > 0) chunk.decisions[name] = count;
    else delete chunk.decisions[name];
  }
  countVariants(chunk, variants, -1);
  if (chunk.receipts) chunk.receipts = chunk.receipts.filter((receipt) => receipt.request !== request);
}
