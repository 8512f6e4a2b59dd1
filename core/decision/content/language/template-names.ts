/** What templates may name, and where redirects may lead. */
export interface TemplateNames {
  /** By id: may it leave for a browser? */
  readonly attributes: ReadonlyMap<string, { readonly public: boolean }>;
  readonly measures: ReadonlyMap<string, { readonly public: boolean }>;
  /** Ids of recommendation strategies: `items.<strategy>`. */
  readonly strategies: ReadonlySet<string>;
  /** Hosts with port, such as `shop.example`, that some source allows; relative addresses are always allowed. Pages go only to those of their own source. */
  readonly redirectHosts: ReadonlySet<string>;
}
