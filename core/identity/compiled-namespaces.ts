import type { BlockedRule, NamespaceRule, NamespaceSet } from './namespace-set.ts';

/** A namespace ready for the hot path: its expression compiled, its place in the arrays of a replay known. */
export interface CompiledNamespace extends NamespaceRule {
  readonly accepts: (value: string) => boolean;
  /** Position among the namespaces that limit a profile, or -1. */
  readonly limitIndex: number;
  /** Most values per profile, with `unique` folded in. */
  readonly most: number;
}

/** A namespace set, compiled once for each ruleset. Immutable. */
export interface CompiledNamespaces {
  readonly byCode: ReadonlyMap<string, CompiledNamespace>;
  /** Those with a limit, in the order of `limitIndex`. */
  readonly limited: readonly CompiledNamespace[];
  readonly isBlocked: (namespace: string, value: string) => boolean;
}

export function compileNamespaces(set: NamespaceSet): CompiledNamespaces {
  const byCode = new Map<string, CompiledNamespace>();
  const limited: CompiledNamespace[] = [];
  for (const rule of set.namespaces) {
    const most = rule.unique ? 1 : (rule.limit ?? Number.POSITIVE_INFINITY);
    const compiled: CompiledNamespace = {
      ...rule,
      most,
      accepts: acceptorOf(rule.pattern),
      limitIndex: Number.isFinite(most) ? limited.length : -1,
    };
    byCode.set(rule.code, compiled);
    if (compiled.limitIndex >= 0) limited.push(compiled);
  }
  return { byCode, limited, isBlocked: compileBlocked(set.blocked) };
}

function acceptorOf(pattern: string | null): (value: string) => boolean {
  if (pattern === null) return () => true;
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  return (value) => whole.test(value);
}

/** Exact texts become one set lookup per namespace; the few expressions are tried in turn. */
function compileBlocked(rules: readonly BlockedRule[]): (namespace: string, value: string) => boolean {
  const namespaces = new Set<string>();
  const exact = new Set<string>();
  const folded = new Set<string>();
  const tests: { readonly namespace: string; readonly blocks: (value: string) => boolean }[] = [];
  for (const { namespace, match, value } of rules) {
    const text = String(value ?? '');
    if (match === 'namespace') namespaces.add(namespace);
    else if (match === 'exact') exact.add(`${namespace}:${text}`);
    else if (match === 'iexact') folded.add(`${namespace}:${text.toLowerCase()}`);
    else tests.push({ namespace, blocks: testOf(match, text) });
  }
  return (namespace, value) => {
    const lower = value.toLowerCase();
    return (
      namespaces.has(namespace) ||
      namespaces.has('*') ||
      exact.has(`${namespace}:${value}`) ||
      exact.has(`*:${value}`) ||
      folded.has(`${namespace}:${lower}`) ||
      folded.has(`*:${lower}`) ||
      tests.some((test) => (test.namespace === '*' || test.namespace === namespace) && test.blocks(value))
    );
  };
}

function testOf(match: 'regex' | 'notregex' | 'blank' | 'maxlen', text: string): (value: string) => boolean {
  if (match === 'blank') return (value) => value.trim() === '';
  if (match === 'maxlen') {
    const most = Number(text);
    // Characters, not UTF-16 units; only a value that could be too long is counted.
    return (value) => value.length > most && [...value].length > most;
  }
  const expression = new RegExp(text, 'u');
  return match === 'regex' ? (value) => expression.test(value) : (value) => !expression.test(value);
}
