import type { Identity } from '../../core/event/event.ts';
import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import { DEFAULT_BLOCKED } from '../../core/identity/default-blocked.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { parseInstant } from '../../core/lib/instant.ts';
import type { JsonValue } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { RawRow } from '../../core/source/compile-mapping.ts';

/** Two identities of one person, as a row of a file says. */
export interface LinkRow {
  readonly a: Identity;
  readonly b: Identity;
  /** Null: the row says no time. */
  readonly at: Instant | null;
  /** Who says so: the name of a system. */
  readonly source: string | null;
}

/** Headers and members that are looked for, first found wins; case, spaces, dashes and underscores do not count. */
const ALIASES = {
  namespaceA: ['namespacea', 'nsa', 'typea', 'idtypea', 'namespace1', 'ns1', 'fromnamespace', 'leftnamespace'],
  valueA: ['valuea', 'ida', 'value1', 'id1', 'fromvalue', 'fromid', 'leftvalue', 'leftid'],
  namespaceB: ['namespaceb', 'nsb', 'typeb', 'idtypeb', 'namespace2', 'ns2', 'tonamespace', 'rightnamespace'],
  valueB: ['valueb', 'idb', 'value2', 'id2', 'tovalue', 'toid', 'rightvalue', 'rightid'],
  /** Both parts in one cell, `crm:42`, or in NDJSON an object. */
  a: ['a', 'identitya', 'identity1', 'from', 'left'],
  b: ['b', 'identityb', 'identity2', 'to', 'right'],
  at: ['at', 'linkedat', 'occurredat', 'time', 'timestamp', 'date'],
  source: ['source', 'system', 'origin'],
} as const;

type Field = keyof typeof ALIASES;

/** What every space blocks unless its operator says otherwise: a pair with such a side would link nothing. */
const { isBlocked } = compileNamespaces({
  namespaces: [],
  blocked: DEFAULT_BLOCKED.filter(({ namespace }) => namespace === '*'),
});

/** What a header lacks to hold pairs: nothing when each side is in two columns or in one. */
export function missingLinkColumns(header: readonly string[]): readonly string[] {
  const present = new Set(header.map(plainName));
  const has = (field: Field) => ALIASES[field].some((name) => present.has(name));
  return (['A', 'B'] as const).flatMap((side) => {
    const whole = side === 'A' ? 'a' : 'b';
    if (has(whole) || (has(`namespace${side}`) && has(`value${side}`))) return [];
    return [`namespace_${whole} and value_${whole} (or ${whole} as namespace:value)`];
  });
}

/** Reads one row; the error says in words what is wrong with it. */
export function parseLink(raw: RawRow): Result<LinkRow, string> {
  const members = new Map(Object.entries(raw).map(([name, value]) => [plainName(name), value]));
  const read = (field: Field): JsonValue | undefined => {
    const name = ALIASES[field].find((alias) => members.has(alias));
    return name === undefined ? undefined : members.get(name);
  };
  const a = readIdentity('a', read('a'), read('namespaceA'), read('valueA'));
  if (!a.ok) return a;
  const b = readIdentity('b', read('b'), read('namespaceB'), read('valueB'));
  if (!b.ok) return b;
  if (a.value.namespace === b.value.namespace && a.value.value === b.value.value)
    return err('both sides are the same identity');
  const at = readTime(read('at'));
  if (!at.ok) return at;
  const source = textOf(read('source'));
  return ok({ a: a.value, b: b.value, at: at.value, source: source === '' ? null : source.slice(0, 512) });
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}

function readIdentity(
  side: 'a' | 'b',
  whole: JsonValue | undefined,
  namespace: JsonValue | undefined,
  value: JsonValue | undefined,
): Result<Identity, string> {
  let parts: readonly [string, string] = [textOf(namespace), textOf(value)];
  if (typeof whole === 'object' && whole !== null && !Array.isArray(whole)) {
    const { namespace: code, value: text } = whole as Readonly<Record<string, JsonValue>>;
    parts = [textOf(code), textOf(text)];
  } else if (whole !== undefined && parts[0] === '' && parts[1] === '') {
    const text = textOf(whole);
    const colon = text.indexOf(':');
    if (text !== '' && colon < 1) return err(`${side}: "${shown(text)}" is not namespace:value`);
    parts = [text.slice(0, Math.max(0, colon)).trim(), text.slice(colon + 1).trim()];
  }
  const [code, text] = parts;
  if (code === '') return err(`${side}: the namespace is empty`);
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(code)) return err(`${side}: "${shown(code)}" is no code of a namespace`);
  if (text === '') return err(`${side}: the value is empty`);
  if ([...text].length > limit('identityValue'))
    return err(`${side}: the value has more than ${limit('identityValue')} characters`);
  if (isBlocked(code, text)) return err(`${side}: "${shown(text)}" names nobody`);
  return ok({ namespace: code, value: text });
}

/** ISO 8601 with an offset, a day (its midnight in UTC), or seconds or milliseconds since 1970. */
function readTime(raw: JsonValue | undefined): Result<Instant | null, string> {
  const text = textOf(raw);
  if (text === '') return ok(null);
  if (/^\d{9,10}$/.test(text)) return ok((Number(text) * 1000) as Instant);
  if (/^\d{12,13}$/.test(text)) return ok(Number(text) as Instant);
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  return at === null ? err(`at: "${shown(text)}" is no instant: write 2026-11-22 or 2026-11-22T10:00:00Z`) : ok(at);
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
