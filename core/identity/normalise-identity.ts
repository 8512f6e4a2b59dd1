import type { Identity } from '../event/event.ts';
import type { CompiledNamespaces } from './compiled-namespaces.ts';
import { normaliseValue } from './normalise-value.ts';

/** Why a value counts for nothing: nobody is named by it, whoever says so. `invalid`: empty, unprintable or not of its kind. */
export type ValueProblem = 'unknownNamespace' | 'blocked' | 'invalid';

/** The comparable form of an identity, or why there is none. Look-alikes of other alphabets stay different people. */
export function readIdentity(
  { namespace: code, value: raw }: Identity,
  namespaces: CompiledNamespaces,
): Identity | ValueProblem {
  const namespace = namespaces.byCode.get(code);
  if (!namespace) return 'unknownNamespace';
  // Before and after normalising: a placeholder may be hidden by either form.
  if (namespaces.isBlocked(code, raw)) return 'blocked';
  const value = normaliseValue(namespace.normalise, raw);
  if (value === null || value === '' || !namespace.accepts(value)) return 'invalid';
  if (value !== raw && namespaces.isBlocked(code, value)) return 'blocked';
  return { namespace: code, value };
}

/** As `readIdentity`, where the reason does not matter: null when nobody is named. */
export function normaliseIdentity(identity: Identity, namespaces: CompiledNamespaces): Identity | null {
  const read = readIdentity(identity, namespaces);
  return typeof read === 'string' ? null : read;
}
