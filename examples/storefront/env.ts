import type { SelvedgeBinding } from '../../client-edge/src/edge.ts';

/** What the shop's Worker is given. Only `selvedge-client.ts` and `pages/home.ts` use the bindings and the keys. */
export interface ShopEnv {
  /** Selvedge's HTTP, without a public hop. */
  readonly SELVEDGE: Fetcher;
  /** Selvedge's typed calls: the entrypoint `SelvedgeRpc` of the same Worker. */
  readonly SELVEDGE_RPC: SelvedgeBinding;
  /** `sk_…`: may see profiles and tell facts about money. Never leaves the server. */
  readonly SELVEDGE_SERVER_KEY: string;
  /** `wk_…`: public, stands in the page. */
  readonly SELVEDGE_WRITE_KEY: string;
  /** Text of 32 characters or more, shared with Selvedge: its bytes sign identity proofs. */
  readonly PROOF_SECRET: string;
  readonly PROOF_KID: string;
  /** Signs the shop's own cookies. */
  readonly SESSION_SECRET: string;
}
