/** Usage labels on fields: what kind of data a value is, so that policies can say what it may be used for. */
export const LABELS = ['identity', 'contact', 'name', 'address', 'freeText', 'money', 'location', 'sensitive'] as const;
export type Label = (typeof LABELS)[number];
/** Dotted path in an event's data → its labels. */
export type FieldLabels = Readonly<Record<string, readonly Label[]>>;
