/** What `sql.exec` binds: the published type forgets the views. */
export type Binding = SqlStorageValue | Uint8Array;
