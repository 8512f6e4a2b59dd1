/** Usage labels on fields: what kind of data a value is, so that policies can say what it may be used for. */
export const LABELS = ['identity', 'contact', 'name', 'address', 'freeText', 'money', 'location', 'sensitive'] as const;
export type Label = (typeof LABELS)[number];
/** All labels but `money`: what somebody spent tells nothing of who it was. */
const PERSONAL: ReadonlySet<Label> = new Set<Label>([
  'identity',
  'contact',
  'name',
  'address',
  'freeText',
  'location',
  'sensitive',
]);

export function isPersonal(label: Label): boolean {
  return PERSONAL.has(label);
}

/** Dotted path in an event's data → its labels. */
export type FieldLabels = Readonly<Record<string, readonly Label[]>>;
