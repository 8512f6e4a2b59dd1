import type { ItemVisit } from '../../core/interaction/item-visit.ts';
import type { Space } from '../../core/lib/ids.ts';

/** What `pack` did. `idle`: too little has happened since the last time. `same`: it came out as it was. */
export type Packed = 'noRuleset' | 'noCatalogue' | 'idle' | 'same' | 'put';

/** The object of one space that counts what is viewed and bought, and beside what. */
export interface CatalogueRpc {
  /** Each visit once; returns how many were new. Rejects when it could not be stored: bring it again. */
  count(visits: readonly ItemVisit[]): Promise<number>;
  /** Works out neighbours and popular items, and puts them live when enough has happened. */
  pack(): Promise<Packed>;
}

export function catalogueStub(namespace: DurableObjectNamespace, space: Space): CatalogueRpc {
  return namespace.get(namespace.idFromName(space)) as unknown as CatalogueRpc;
}
