import { stableJson } from '../../lib/stable-json.ts';
import { printExpression } from '../../segment/language/print-expression.ts';
import { storedExpression } from '../../segment/schema.ts';
import { KINDS, type ResourceKind } from '../resources.ts';

/** One member that differs, as text: strings as they are, the rest as JSON. Null where it is not there. */
export interface FieldDiff {
  /** As people name it: `schedule.from`, `variants.red.weight`. */
  readonly path: string;
  /** JSON pointer: `/schedule/from`. Into what is after; what is gone was there before. */
  readonly pointer: string;
  readonly before: string | null;
  readonly after: string | null;
}

type Plain = Readonly<Record<string, unknown>>;

/** What differs between two forms of a resource, both written out: rules as their text, secrets as dots. The form may be stored or shown. */
export function fieldDiffs(kind: ResourceKind, before: Plain, after: Plain): readonly FieldDiff[] {
  const rule = KINDS[kind].expression;
  const text = (resource: Plain): Plain =>
    rule !== null && isObject(resource[rule]) ? { ...resource, [rule]: ruleText(resource[rule]) } : resource;
  return compare(text(before), text(after), ROOT);
}

/** What older code stored may be no rule any more: then it is compared as it is. */
function ruleText(tree: Plain): unknown {
  const rule = storedExpression.safeParse(tree);
  return rule.success ? printExpression(rule.data) : tree;
}

interface Place {
  readonly path: string;
  readonly pointer: string;
}
const ROOT: Place = { path: '', pointer: '' };

function compare(before: unknown, after: unknown, place: Place): readonly FieldDiff[] {
  if (stableJson(before) === stableJson(after)) return [];
  const [one, other] = [membersOf(before), membersOf(after)];
  if (!one || !other) return [{ ...place, before: shown(before, place), after: shown(after, place) }];
  const found = [...new Set([...one.keys(), ...other.keys()])].flatMap((name) => {
    const [was, is] = [one.get(name), other.get(name)];
    return compare(was?.value, is?.value, below(place, name, (is ?? was)?.step ?? name));
  });
  // Named items that only changed places.
  return found.length > 0 ? found : [{ ...place, before: namesOf(one), after: namesOf(other) }];
}

function below({ path, pointer }: Place, name: string, step: string): Place {
  const escaped = step.replaceAll('~', '~0').replaceAll('/', '~1');
  return { path: path === '' ? name : `${path}.${name}`, pointer: `${pointer}/${escaped}` };
}

type Members = ReadonlyMap<string, { readonly step: string; readonly value: unknown }>;

/** Of an object, by name; of a list whose items name themselves, by those names. Null: it is compared as a whole. */
function membersOf(value: unknown): Members | null {
  if (isObject(value)) return new Map(Object.entries(value).map(([step, each]) => [step, { step, value: each }]));
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = value.map((item: unknown) => (isObject(item) ? (item.id ?? item.kid ?? item.code) : undefined));
  const isNamed = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return isNamed
    ? new Map(value.map((item: unknown, index) => [String(names[index]), { step: String(index), value: item }]))
    : null;
}

function namesOf(members: Members): string {
  return JSON.stringify([...members.keys()]);
}

const DOTS = '••••••';
/** Of keys, put or stored. */
const SECRETS = new Set(['secret', 'secretEncrypted']);

function shown(value: unknown, { pointer }: Place): string | null {
  if (value === undefined) return null;
  if (SECRETS.has(pointer.slice(pointer.lastIndexOf('/') + 1))) return DOTS;
  return typeof value === 'string' ? value : JSON.stringify(withoutSecrets(value));
}

function withoutSecrets(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name: string, each: unknown) => (SECRETS.has(name) ? DOTS : each));
}

function isObject(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
