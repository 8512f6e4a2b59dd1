import type { NamespaceRule } from '../identity/namespace-set.ts';

/** Something that an operator should know about what was published. It is live all the same. */
export interface PublishWarning {
  readonly kind: 'setting';
  readonly id: 'identity';
  readonly pointer: string;
  readonly code: 'namespaceRemoved' | 'typeChanged' | 'normaliserChanged' | 'uniqueAdded';
  readonly detail: string;
}

/**
 * What a change of namespaces does to people who are known already. Graphs change only when they are next updated, so nothing here
 * forbids a change; each of these leaves values behind that new events no longer find.
 */
export function identityWarnings(
  before: readonly NamespaceRule[],
  after: readonly NamespaceRule[],
): readonly PublishWarning[] {
  return before.flatMap((old): readonly PublishWarning[] => {
    const index = after.findIndex(({ code }) => code === old.code);
    const now = after[index];
    const at = `/namespaces/${index}`;
    if (!now)
      return [
        warning(
          '/namespaces',
          'namespaceRemoved',
          `${old.code} is no namespace any more: events that name it link nothing by it; what it has linked stays.`,
        ),
      ];
    return [
      ...(now.type === old.type
        ? []
        : [
            warning(
              `${at}/type`,
              'typeChanged',
              `${old.code} was of type ${old.type}: known profiles keep what it meant until their next link.`,
            ),
          ]),
      ...(now.normalise === old.normalise
        ? []
        : [
            warning(
              `${at}/normalise`,
              'normaliserChanged',
              `values of ${old.code} are compared in another form: those stored under ${old.normalise} are not found by new events that are written otherwise.`,
            ),
          ]),
      ...(now.unique && !old.unique
        ? [
            warning(
              `${at}/unique`,
              'uniqueAdded',
              `a profile that holds two values of ${old.code} is taken apart at its next link.`,
            ),
          ]
        : []),
    ];
  });
}

function warning(pointer: string, code: PublishWarning['code'], detail: string): PublishWarning {
  return { kind: 'setting', id: 'identity', pointer, code, detail };
}
