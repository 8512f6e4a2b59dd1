/** What the test asks the server process, beside HTTP. */
export type ServerAsk =
  | { readonly kind: 'archive' }
  | { readonly kind: 'rows'; readonly sql: string }
  | { readonly kind: 'directoryIds'; readonly names: readonly string[] }
  /** Runs what the hourly schedule runs. */
  | { readonly kind: 'schedule' }
  /** What objects and queue have yet to do. */
  | { readonly kind: 'open' };

export type Row = Readonly<Record<string, string | number | null>>;

export type ServerAnswer =
  | { readonly kind: 'ready'; readonly url: string; readonly operatorToken: string }
  | { readonly kind: 'log'; readonly line: string }
  /** `base64`: as stored, compressed. */
  | { readonly kind: 'archive'; readonly files: readonly { readonly key: string; readonly base64: string }[] }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'directoryIds'; readonly ids: readonly string[] }
  | { readonly kind: 'schedule' }
  | { readonly kind: 'open'; readonly found: readonly string[] };
