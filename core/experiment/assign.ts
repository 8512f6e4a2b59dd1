import type { Instant } from '../lib/ids.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import { assignVariant } from './assign-variant.ts';
import { type Assignment, type Assignments, findAssignment, GLOBAL_HOLDOUT, HELD, OPEN } from './assignment.ts';
import { inNamespace } from './bucketing.ts';
import type { Experiments, LoadedExperiment } from './loaded-experiments.ts';

/** Why somebody has the variant that they have, or none. Closed list; the order is that of `Assigned.reasons`: only append. */
export const ASSIGNMENT_REASONS = {
  assigned: 'assigned now, by the hash',
  sticky: 'assigned before, in this version',
  forced: 'a preview asked for it: not counted, not stored',
  rolledOut: 'the experiment is over and everybody who qualifies gets its winner: not counted',
  notRunning: 'the experiment has not begun, or is over without a winner',
  consent: 'its purpose is not consented to',
  globalHoldout: 'the person is kept out of all experiments',
  holdout: 'the person is kept out of this experiment',
  noUnit: 'the person has no id of the kind that is hashed',
  layer: 'the person is in another part of the layer, or in another experiment of it',
  notEligible: 'the person does not qualify',
  notAllocated: 'outside the share that takes part',
  variantGone: 'the variant that the person was assigned to is no longer there',
} as const;
export type AssignmentReason = keyof typeof ASSIGNMENT_REASONS;

const REASONS = Object.keys(ASSIGNMENT_REASONS) as readonly AssignmentReason[];
const CODE = Object.fromEntries(REASONS.map((reason, code) => [reason, code])) as Readonly<
  Record<AssignmentReason, number>
>;

/** Everything about the person that assignment reads. */
export interface AssignmentSubject {
  readonly now: Instant;
  /** Purposes consented to now. */
  readonly consented: PurposeMask;
  /** What the person has: of all strands, joined. */
  readonly assignments: Assignments;
  /** The id that is hashed: the profile's for `profile`, else the value in a namespace; null or '': there is none. */
  unit(attribute: string): string | null;
  /** Whether the program's rule at this position is true. */
  eligible(rule: number): boolean;
  /** Variant by experiment that a preview asks for; null: none. */
  readonly forced: ReadonlyMap<string, string> | null;
}

/** By position in `Experiments.all`. */
export interface Assigned {
  /** Position of the variant, -1 for none. */
  readonly variants: Int16Array;
  /** Position in `ASSIGNMENT_REASONS`: `reasonOf` reads it. */
  readonly reasons: Uint8Array;
  /** To be stored on the strand of this visit: join them to what it has. Empty in most visits. */
  readonly made: Assignments;
}

export function reasonOf({ reasons }: Assigned, position: number): AssignmentReason {
  return REASONS[reasons[position] ?? -1] ?? 'notRunning';
}

/** Whether what the person sees counts for results: forced and rolled-out variants do not. */
export function isCounted(assigned: Assigned, position: number): boolean {
  const reason = reasonOf(assigned, position);
  return reason === 'assigned' || reason === 'sticky';
}

/**
 * Which variant of each experiment a person gets. What they were assigned to before in the same version wins over every rule but consent, a holdout that they
 * were in first, and an experiment of the same layer that they were in first. Pure; same input, same answer.
 */
export function assign(experiments: Experiments, subject: AssignmentSubject): Assigned {
  return new Assigner(experiments, subject).run();
}

class Assigner {
  readonly #experiments: Experiments;
  readonly #subject: AssignmentSubject;
  readonly #stored: readonly (Assignment | null)[];
  /** By layer: position of the experiment that the person is in, -1 for none. */
  readonly #layers: Int16Array;
  readonly #variants: Int16Array;
  readonly #reasons: Uint8Array;
  readonly #made: Assignment[] = [];
  #holdout: Assignment | null;

  constructor(experiments: Experiments, subject: AssignmentSubject) {
    const { all, holdout, layers } = experiments;
    this.#experiments = experiments;
    this.#subject = subject;
    this.#stored = all.map(({ id, version }) => findAssignment(subject.assignments, id, version));
    this.#layers = new Int16Array(layers).fill(-1);
    this.#variants = new Int16Array(all.length).fill(-1);
    this.#reasons = new Uint8Array(all.length);
    this.#holdout = holdout && findAssignment(subject.assignments, GLOBAL_HOLDOUT, holdout.version);
  }

  run(): Assigned {
    const { all, holdout } = this.#experiments;
    const decidedBefore = this.#holdout;
    all.forEach((experiment, position) => {
      this.#claimLayer(experiment, position);
    });
    all.forEach((experiment, position) => {
      this.#reasons[position] = CODE[this.#assign(experiment, position)];
    });
    if (holdout && this.#holdout && this.#holdout !== decidedBefore) this.#made.push(this.#holdout);
    return { variants: this.#variants, reasons: this.#reasons, made: this.#made };
  }

  /** Of several experiments of a layer that strands brought along, the person is in the earliest. */
  #claimLayer(experiment: LoadedExperiment, position: number): void {
    const stored = this.#stored[position];
    const { layerNumber, exemptFromGlobalHoldout } = experiment;
    if (layerNumber < 0 || !stored || stored.variant === HELD || !this.#isRunning(experiment)) return;
    if (!exemptFromGlobalHoldout && this.#isHeldSince(stored.at)) return;
    const rival = this.#stored[this.#layers[layerNumber] ?? -1];
    if (!rival || stored.at < rival.at) this.#layers[layerNumber] = position;
  }

  #assign(experiment: LoadedExperiment, position: number): AssignmentReason {
    const { forced, consented } = this.#subject;
    const wanted = forced?.get(experiment.id);
    if (wanted !== undefined && this.#take(experiment, position, wanted)) return 'forced';
    if ((consented & experiment.purposeBit) === 0) return 'consent';
    if (!this.#isRunning(experiment)) return this.#rollOut(experiment, position);
    const stored = this.#stored[position];
    return stored ? this.#keep(experiment, position, stored) : this.#draw(experiment, position);
  }

  #isRunning({ status, startedAt, stoppedAt }: LoadedExperiment): boolean {
    const { now } = this.#subject;
    return status === 'running' && (startedAt === null || now >= startedAt) && (stoppedAt === null || now < stoppedAt);
  }

  #isHeldSince(at: Instant): boolean {
    return this.#holdout !== null && this.#holdout.variant === HELD && this.#holdout.at <= at;
  }

  #keep(experiment: LoadedExperiment, position: number, stored: Assignment): AssignmentReason {
    if (!experiment.exemptFromGlobalHoldout && this.#isHeldSince(stored.at)) return 'globalHoldout';
    if (stored.variant === HELD) return 'holdout';
    if (experiment.layerNumber >= 0 && this.#layers[experiment.layerNumber] !== position) return 'layer';
    return this.#take(experiment, position, stored.variant) ? 'sticky' : 'variantGone';
  }

  #draw(experiment: LoadedExperiment, position: number): AssignmentReason {
    const { hash, layer, layerNumber, rule, id, version, heldOut } = experiment;
    const { now } = this.#subject;
    const by = this.#unitOf(hash.attribute) ? hash.attribute : (hash.fallback ?? hash.attribute);
    const unit = this.#unitOf(by);
    if (unit === null) return 'noUnit';
    if (layerNumber >= 0 && this.#layers[layerNumber] !== -1) return 'layer';
    if (layer && !inNamespace(unit, [layer.id, layer.from, layer.to])) return 'layer';
    if (rule !== null && !this.#subject.eligible(rule)) return 'notEligible';
    const variant = assignVariant(experiment.allocation, unit);
    if (variant < 0) return 'notAllocated';
    if (!experiment.exemptFromGlobalHoldout && this.#isHeldNow()) return 'globalHoldout';
    const held = heldOut !== null && assignVariant(heldOut, unit) === 0;
    const name = held ? HELD : (experiment.variants[variant]?.id as string);
    this.#made.push({ experiment: id, version, variant: name, at: now, by, seen: [] });
    if (held) return 'holdout';
    if (layerNumber >= 0) this.#layers[layerNumber] = position;
    this.#variants[position] = variant;
    return 'assigned';
  }

  /** Once over, the winner is for everybody who qualifies; who is kept out stays so. Nothing is stored. */
  #rollOut(experiment: LoadedExperiment, position: number): AssignmentReason {
    const { status, winner, rule, heldOut, hash } = experiment;
    if (status !== 'stopped' || winner === null) return 'notRunning';
    if (rule !== null && !this.#subject.eligible(rule)) return 'notEligible';
    if (!experiment.exemptFromGlobalHoldout && this.#wouldBeHeld()) return 'globalHoldout';
    const stored = this.#stored[position];
    const unit = this.#unitOf(hash.attribute) ?? this.#unitOf(hash.fallback ?? hash.attribute);
    const held = stored
      ? stored.variant === HELD
      : heldOut !== null && unit !== null && assignVariant(heldOut, unit) === 0;
    if (held) return 'holdout';
    this.#variants[position] = winner;
    return 'rolledOut';
  }

  /** Told once, when the person would take part in something for the first time: from then on they are in or out. */
  #isHeldNow(): boolean {
    const { holdout } = this.#experiments;
    if (!holdout || this.#unitOf('profile') === null) return false;
    this.#holdout ??= {
      experiment: GLOBAL_HOLDOUT,
      version: holdout.version,
      variant: this.#wouldBeHeld() ? HELD : OPEN,
      at: this.#subject.now,
      by: 'profile',
      seen: [],
    };
    return this.#holdout.variant === HELD;
  }

  #wouldBeHeld(): boolean {
    if (this.#holdout) return this.#holdout.variant === HELD;
    const { holdout } = this.#experiments;
    const unit = this.#unitOf('profile');
    return holdout !== null && unit !== null && assignVariant(holdout.allocation, unit) === 0;
  }

  #unitOf(attribute: string): string | null {
    return this.#subject.unit(attribute) || null;
  }

  #take({ variants }: LoadedExperiment, position: number, id: string): boolean {
    const variant = variants.findIndex((each) => each.id === id);
    this.#variants[position] = variant;
    return variant >= 0;
  }
}
