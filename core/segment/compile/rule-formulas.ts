import { type Purpose, type PurposeMask, purposeBit } from '../../policy/purposes.ts';
import type { Expression } from '../language/expression.ts';
import { partsOf } from '../language/expression-size.ts';
import type { Code } from '../runtime/code.ts';
import { compactSlots } from './code-walk.ts';
import type { ConditionContext } from './condition-context.ts';
import { formulaOf } from './condition-formula.ts';
import { codeOf, type Formula } from './formula.ts';
import type { LowerContext } from './lower-context.ts';
import { lower } from './lower-expression.ts';
import { PROFILE } from './scope.ts';

/** A checked rule or measure. */
export interface CheckedRule {
  readonly id: string;
  readonly tree: Expression;
  readonly purpose: Purpose;
}

interface Unit {
  readonly kind: 'segment' | 'measure';
  readonly id: string;
  readonly purposes: PurposeMask;
}

interface MeasureCell {
  readonly cell: number;
  readonly events: boolean;
}

const keyOf = ({ kind, id, purposes }: Unit) => `${purposes} ${kind} ${id}`;

/**
 * Lowers rules and measures, each for every set of purposes through which it is reached. What reads no events is the same
 * for all of them.
 */
export class RuleFormulas {
  /** By the cell that stands for a segment or a measure: which one. */
  readonly origins = new Map<number, Set<string>>();
  /** By segment: the measures that its rule names. They may have become part of a cell of another kind. */
  readonly measuresOf = new Map<string, Set<string>>();
  readonly #segments: ReadonlyMap<string, CheckedRule & { readonly position: number }>;
  readonly #measures: ReadonlyMap<string, CheckedRule>;
  readonly #context: ConditionContext & { readonly timeZone: string };
  readonly #declared: ReadonlySet<string> | null;
  readonly #formulas = new Map<string, Formula>();
  readonly #cells = new Map<string, MeasureCell>();
  readonly #members = new Map<string, Code>();

  /** Segments in the order of the program. */
  constructor(
    segments: readonly CheckedRule[],
    measures: readonly CheckedRule[],
    context: ConditionContext & { readonly timeZone: string },
  ) {
    this.#segments = new Map(segments.map((rule, position) => [rule.id, { ...rule, position }]));
    this.#measures = new Map(measures.map((rule) => [rule.id, rule]));
    this.#context = context;
    this.#declared = context.attributes && new Set(context.attributes.keys());
  }

  /** A segment's rule, for its own purpose alone. */
  formula(id: string): Formula {
    const unit: Unit = { kind: 'segment', id, purposes: purposeBit(this.#rule('segment', id).purpose) };
    this.#prepare(unit);
    return this.#formula(unit);
  }

  /** The cell of a measure, for its own purpose alone. */
  cell(id: string): number {
    const unit: Unit = { kind: 'measure', id, purposes: purposeBit(this.#rule('measure', id).purpose) };
    this.#prepare(unit);
    return this.#cell(unit).cell;
  }

  #rule(kind: Unit['kind'], id: string): CheckedRule {
    const rule = (kind === 'segment' ? this.#segments : this.#measures).get(id);
    if (!rule) throw new Error(`no ${kind} ${id}`);
    return rule;
  }

  /** Lowers what the unit is built on first, without recursion: references may go as deep as there are rules. */
  #prepare(root: Unit): void {
    const open: { readonly unit: Unit; readonly needs: readonly Unit[]; next: number }[] = [];
    const started = new Set<string>();
    const start = (unit: Unit) => {
      const key = keyOf(unit);
      if (started.has(key) || this.#formulas.has(key) || this.#cells.has(key)) return;
      started.add(key);
      open.push({ unit, needs: this.#needs(unit), next: 0 });
    };
    start(root);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const need = top.needs[top.next++];
      if (need) {
        start(need);
        continue;
      }
      open.pop();
      if (top.unit.kind === 'segment') this.#formula(top.unit);
      else this.#cell(top.unit);
    }
  }

  /** Every name that may be a reference: more than there are, because where it stands is not looked at. */
  #needs({ kind, id, purposes }: Unit): readonly Unit[] {
    const needs = new Map<string, Unit>();
    const need = (of: Unit['kind'], name: string) => {
      const own = purposeBit(this.#rule(of, name).purpose);
      const units: Unit[] = [{ kind: of, id: name, purposes: purposes | own }];
      if (of === 'segment') units.push({ kind: of, id: name, purposes: own });
      for (const unit of units) needs.set(keyOf(unit), unit);
    };
    const open: Expression[] = [this.#rule(kind, id).tree];
    for (let node = open.pop(); node; node = open.pop()) {
      const [name] = node.op === 'path' ? node.steps : [];
      if (name !== undefined && this.#measures.has(name)) need('measure', name);
      if (node.op === 'inSegment') need('segment', node.segment);
      open.push(...partsOf(node));
    }
    return [...needs.values()];
  }

  #formula(unit: Unit): Formula {
    const key = keyOf(unit);
    const known = this.#formulas.get(key);
    if (known) return known;
    const { code } = lower(this.#rule('segment', unit.id).tree, PROFILE, this.#lowering(unit));
    const formula = formulaOf(code, true, this.#context);
    this.#formulas.set(key, formula);
    return formula;
  }

  #cell(unit: Unit): MeasureCell {
    const key = keyOf(unit);
    const known = this.#cells.get(key);
    if (known) return known;
    const { code, events } = lower(this.#rule('measure', unit.id).tree, PROFILE, this.#lowering(unit));
    const cell = this.#context.tables.cell({ kind: 'value', code: compactSlots(code, null) });
    this.#remember(cell, `measure ${unit.id}`);
    this.#cells.set(key, { cell, events });
    return { cell, events };
  }

  #lowering({ kind, id: user, purposes }: Unit): LowerContext {
    const { tables, timeZone } = this.#context;
    return {
      tables,
      purposes,
      declared: this.#declared,
      timeZone,
      measure: (id) => {
        const rule = this.#measures.get(id);
        if (rule && kind === 'segment') this.measuresOf.set(user, (this.measuresOf.get(user) ?? new Set()).add(id));
        return rule ? this.#cell({ kind: 'measure', id, purposes: purposes | purposeBit(rule.purpose) }) : null;
      },
      segment: (id) => this.#member(id, purposes),
    };
  }

  /** Membership as it is asked for on the way of `purposes`: under more purposes than the segment's own, fewer facts exist. */
  #member(id: string, purposes: PurposeMask): Code {
    const { purpose, position } = this.#segments.get(id) ?? { purpose: 'necessary' as const, position: -1 };
    const own = purposeBit(purpose);
    const asked: Unit = { kind: 'segment', id, purposes: purposes | own };
    const key = keyOf(asked);
    const known = this.#members.get(key);
    if (known) return known;
    const formula = this.#formula(asked);
    const isSame = asked.purposes === own || formula.key === this.#formula({ ...asked, purposes: own }).key;
    const member: Code = isSame ? { op: 'member', segment: position } : this.#hidden(id, formula);
    this.#members.set(key, member);
    return member;
  }

  /** A membership that nobody sees: unknown is no member. */
  #hidden(id: string, formula: Formula): Code {
    const { tables } = this.#context;
    const rule: Code =
      formula.is === 'leaf' && formula.when && formula.leaf.kind === 'cell'
        ? codeOf(formula)
        : { op: 'cell', cell: tables.cell({ kind: 'truth', code: codeOf(formula) }) };
    const isUnknown: Code = { op: 'call', function: 'isNull', args: [rule], slot: -1 };
    const code: Code = { op: 'and', of: [{ op: 'not', of: isUnknown }, rule] };
    const cell = tables.cell({ kind: 'truth', code });
    this.#remember(cell, `segment ${id}`);
    return { op: 'cell', cell };
  }

  #remember(cell: number, origin: string): void {
    const known = this.origins.get(cell) ?? new Set();
    this.origins.set(cell, known.add(origin));
  }
}
