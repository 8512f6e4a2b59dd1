import { drizzle } from 'drizzle-orm/d1';
import type { Instant, Space } from '../../core/lib/ids.ts';
import type { SecretBox } from '../http/secret-box.ts';
import { type PublisherRpc, publisherOf } from '../objects/publisher/publisher-rpc.ts';
import { type ConfigStore, createConfigStore } from '../stores/config-store.ts';
import { type OperatorStore, createOperatorStore } from '../stores/operator-store.ts';
import type { RulesetStore } from '../stores/ruleset-store.ts';

/** Everything the operator routes use. Reads go to D1; every write goes through the publisher of the space. */
export interface AdminServices {
  readonly config: ConfigStore;
  readonly operators: OperatorStore;
  readonly publisher: (space: Space) => PublisherRpc;
  readonly rulesets: RulesetStore;
  readonly secrets: SecretBox;
  /** SHA-256 (hex) of the first operator token; null: there is none. */
  readonly bootstrapTokenHash: string | null;
  readonly now: () => Instant;
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface AdminOptions extends Omit<AdminServices, 'config' | 'operators' | 'publisher'> {
  readonly control: D1Database;
  readonly publisher: DurableObjectNamespace;
}

export function createAdminServices({ control, publisher, ...rest }: AdminOptions): AdminServices {
  const db = drizzle(control);
  return {
    ...rest,
    config: createConfigStore(db),
    operators: createOperatorStore(db),
    publisher: (space) => publisherOf(publisher, space),
  };
}
