import type { Space } from '../../core/lib/ids.ts';
import type { PublisherRpc } from '../../core/ruleset/publisher-rpc.ts';

/** The publisher object of a space. Getting the stub reaches nothing yet. */
export function publisherStub(namespace: DurableObjectNamespace, space: Space): PublisherRpc {
  return namespace.get(namespace.idFromName(space)) as unknown as PublisherRpc;
}
