import type { JsonObject } from '../lib/json.ts';
import type { FieldLabels } from '../policy/labels.ts';

/** Who holds the key an event came with: a page anybody can read, or a server with a secret. */
export type KeyKind = 'browser' | 'server';

/** What a schema must offer; zod schemas fit. Keeps zod out of every file but the schemas. */
export interface DataSchema {
  safeParse(data: unknown):
    | { readonly success: true; readonly data: unknown }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** One entry of the registry. Adding a type is one file beside the others and one line in `registry.ts`. */
export interface EventType {
  /** `noun.verb` in the past tense. */
  readonly type: string;
  readonly description: string;
  /** Checks `data`. Unknown members are kept on purpose: rules may use a site's own fields. */
  readonly schema: DataSchema;
  readonly example: JsonObject;
  readonly labels: FieldLabels;
  /** Kinds of key that may send it without being asked. */
  readonly sentBy: readonly KeyKind[];
  /** Part of the contract with the person (orders, sign-in, consent itself): stored even when no purpose is consented to, and then seen by no rule. */
  readonly necessary?: true;
  /** A source may accept it from browser keys (`trustBrowserMoney`), stored as what a page claimed. */
  readonly claimable?: true;
  /** Where in `data` the id of a product stands; `list`: in each member of the list that the path begins with. */
  readonly productAt?: { readonly path: readonly string[]; readonly list: boolean };
}

export function defineEventType<const T extends EventType>(definition: T): T {
  return definition;
}
