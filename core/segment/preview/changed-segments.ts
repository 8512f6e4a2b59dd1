/** One segment or measure as it is published. */
export interface RuleNode {
  readonly kind: 'segment' | 'measure';
  /** Segment id or measure name. */
  readonly name: string;
  /** Canonical text and all else that decides over its value: purpose, types of the attributes it names, versions of models. */
  readonly meaning: string;
  /** The segments and measures it reads itself. */
  readonly reads: readonly { readonly kind: 'segment' | 'measure'; readonly name: string }[];
}

export interface RuleSet {
  /** What every rule depends on: time zone, version of the language. */
  readonly context: string;
  readonly nodes: readonly RuleNode[];
}

/** Segment ids, each list in ascending order. */
export interface ChangedSegments {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** On both sides, with another meaning of its own. */
  readonly edited: readonly string[];
  /** As they were, but what they read, directly or not, was changed. */
  readonly dependents: readonly string[];
  /** All of the above: what a shadow run compares. */
  readonly compare: readonly string[];
  /** Segments that have to be compiled for it on each side: `compare` and what it reads there. */
  readonly compileBefore: readonly string[];
  readonly compileAfter: readonly string[];
}

/** Where two rulesets differ. A reference to something that does not exist is ignored, a cycle does no harm: both are refused elsewhere. */
export function changedSegments(before: RuleSet, after: RuleSet): ChangedSegments {
  const old = byKey(before);
  const young = byKey(after);
  const keys = [...new Set([...old.keys(), ...young.keys()])];
  const sameContext = before.context === after.context;
  const ownChange = keys.filter((key) => !sameContext || old.get(key)?.meaning !== young.get(key)?.meaning);
  // A name can come to mean something else without a change of the text.
  const rewired = keys.filter((key) => wires(old.get(key)) !== wires(young.get(key)));
  const changed = new Set([...ownChange, ...rewired]);
  // Whoever read something else before is among the changed, so the new references are enough to find the rest.
  const affected = closure(changed, readersOf(young));

  const ids = (from: Iterable<string>, keep: (key: string) => boolean) =>
    [...from]
      .filter((key) => key.startsWith('segment ') && keep(key))
      .map((key) => key.slice('segment '.length))
      .sort();
  const needed = (side: ReadonlyMap<string, RuleNode>) =>
    closure(affected, (key) => (side.get(key)?.reads ?? []).map(keyOf));
  return {
    added: ids(keys, (key) => !old.has(key)),
    removed: ids(keys, (key) => !young.has(key)),
    edited: ids(changed, (key) => old.has(key) && young.has(key)),
    dependents: ids(affected, (key) => !changed.has(key)),
    compare: ids(affected, () => true),
    compileBefore: ids(needed(old), (key) => old.has(key)),
    compileAfter: ids(needed(young), (key) => young.has(key)),
  };
}

function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

function byKey(rules: RuleSet): ReadonlyMap<string, RuleNode> {
  return new Map(rules.nodes.map((node) => [keyOf(node), node]));
}

function wires(node: RuleNode | undefined): string {
  return JSON.stringify((node?.reads ?? []).map(keyOf).sort());
}

function readersOf(nodes: ReadonlyMap<string, RuleNode>): (key: string) => readonly string[] {
  const readers = new Map<string, string[]>();
  for (const [key, node] of nodes) {
    for (const read of node.reads) {
      const list = readers.get(keyOf(read)) ?? [];
      list.push(key);
      readers.set(keyOf(read), list);
    }
  }
  return (key) => readers.get(key) ?? [];
}

/** Everything that can be reached, `from` included. */
function closure(from: Iterable<string>, next: (key: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  // A set's iterator also gives what is added on the way.
  for (const key of reached) for (const other of next(key)) reached.add(other);
  return reached;
}
