import { EVENT_TYPES } from '../event/registry.ts';
import type { FieldLabels, Label } from '../policy/labels.ts';

const BY_TYPE: ReadonlyMap<string, FieldLabels> = new Map(
  Object.values(EVENT_TYPES).map(({ type, labels }) => [type, labels]),
);

/**
 * The labels of what a rule reads at a dotted path of an event's data; the type `*` asks for those of any type. A field has the labels
 * of what it lies in and, because it is read as a whole, of what lies in it.
 */
export function eventLabels(type: string, path: string): readonly Label[] {
  const tables = type === '*' ? [...BY_TYPE.values()] : [BY_TYPE.get(type) ?? {}];
  const found = tables.flatMap((labels) =>
    Object.entries(labels)
      .filter(([field]) => `${field}.`.startsWith(`${path}.`) || `${path}.`.startsWith(`${field}.`))
      .flatMap(([, each]) => each),
  );
  return [...new Set(found)];
}
