import type { Identity } from '../event/event.ts';
import type { CompiledNamespaces } from './compiled-namespaces.ts';

/** The identity an event belongs to: the one of the highest priority, the first of two equals. Unknown namespaces do not count. */
export function primaryIdentity(identities: readonly Identity[], namespaces: CompiledNamespaces): Identity | null {
  let best: Identity | null = null;
  let bestPriority = Number.POSITIVE_INFINITY;
  for (const identity of identities) {
    const priority = namespaces.byCode.get(identity.namespace)?.priority ?? Number.POSITIVE_INFINITY;
    if (priority < bestPriority) {
      best = identity;
      bestPriority = priority;
    }
  }
  return best;
}
