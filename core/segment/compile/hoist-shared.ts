import type { Code } from '../runtime/code.ts';
import { compactSlots, isClosed, rewriteCode, visitCode } from './code-walk.ts';
import type { Tables } from './tables.ts';

/** Values that cost a pass over events and are no events themselves: rows of a log move, and cells outlive that. */
const COSTLY_OPS: ReadonlySet<Code['op']> = new Set(['exists', 'forall', 'chain', 'sum', 'average', 'min', 'max']);
const CONDITION_OPS: ReadonlySet<Code['op']> = new Set(['exists', 'forall', 'chain']);
const COSTLY_FUNCTIONS = new Set(['count', 'sum', 'average', 'min', 'max', 'favourite', 'decayed', 'keys']);

interface Shared {
  readonly code: Code;
  readonly users: Set<number>;
  /** Stands where it would be computed again for each element. */
  repeated: boolean;
}

/**
 * Gives costly parts a cell of their own where several cells state them, or where they would be computed for each element.
 * `cells`: those that are needed. What a part means does not change: it depends on the profile and `now` alone.
 */
export function hoistShared(tables: Tables, cells: readonly number[]): void {
  const found = new Map<string, Shared>();
  const looked = new Set<number>();
  const look = (cell: number) => {
    const plan = tables.cellAt(cell);
    if (plan.kind !== 'value' && plan.kind !== 'truth') return;
    looked.add(cell);
    for (const { node, repeated } of partsToShare(plan.code)) {
      const code = compactSlots(node, null);
      const key = JSON.stringify(code);
      const shared = found.get(key) ?? { code, users: new Set(), repeated: false };
      shared.users.add(cell);
      shared.repeated ||= repeated;
      found.set(key, shared);
    }
  };
  for (const cell of cells) look(cell);
  const chosen = new Map<string, number>();
  for (const [key, { code, users, repeated }] of found) {
    const existing = existingCell(tables, code);
    const isNeeded = existing !== null && looked.has(existing);
    if (!isNeeded && users.size < 2 && !repeated) continue;
    chosen.set(key, existing ?? tables.cell({ kind: 'value', code }));
  }
  for (const cell of new Set([...looked, ...chosen.values()])) replaceParts(tables, cell, chosen);
}

function existingCell(tables: Tables, code: Code): number | null {
  return tables.cellOf('value', code) ?? (CONDITION_OPS.has(code.op) ? tables.cellOf('truth', code) : null);
}

function replaceParts(tables: Tables, cell: number, chosen: ReadonlyMap<string, number>): void {
  const plan = tables.cellAt(cell);
  if (plan.kind !== 'value' && plan.kind !== 'truth') return;
  const code = rewriteCode(plan.code, (node) => {
    if (node === plan.code || !isCostly(node)) return null;
    const shared = chosen.get(JSON.stringify(compactSlots(node, null)));
    return shared === undefined ? null : { op: 'cell', cell: shared };
  });
  if (code !== plan.code) tables.replaceCell(cell, { ...plan, code });
}

function partsToShare(root: Code): readonly { readonly node: Code; readonly repeated: boolean }[] {
  // Slots are given out from 0, so a tree that binds none repeats nothing.
  const parts: { node: Code; repeated: boolean }[] = [];
  let isRepeating = false;
  visitCode(root, (node) => {
    if (node !== root && isCostly(node)) parts.push({ node, repeated: isRepeating });
    // Parents come first: what follows a node that fills slots may stand in one of its conditions.
    isRepeating ||= fillsSlots(node);
  });
  return parts;
}

function fillsSlots(node: Code): boolean {
  if ('bindings' in node) return true;
  return 'slot' in node && node.op !== 'slot' && node.op !== 'let' && node.slot >= 0;
}

function isCostly(node: Code): boolean {
  const isKind = COSTLY_OPS.has(node.op) || (node.op === 'call' && COSTLY_FUNCTIONS.has(node.function));
  return isKind && readsEvents(node) && isClosed(node);
}

function readsEvents(code: Code): boolean {
  let found = false;
  visitCode(code, (node) => {
    if (node.op === 'rows') found = true;
  });
  return found;
}
