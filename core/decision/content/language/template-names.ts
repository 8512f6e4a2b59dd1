/** What templates may name, and where redirects may lead. */
export interface TemplateNames {
  /** By id: may it leave for a browser? */
  readonly attributes: ReadonlyMap<string, { readonly public: boolean }>;
  readonly measures: ReadonlyMap<string, { readonly public: boolean }>;
  /** Hosts with port, such as `shop.example`; relative addresses are always allowed. */
  readonly redirectHosts: ReadonlySet<string>;
}
