import {
  type AdminAnswer,
  type AdminHarness,
  type AdminProblem,
  fillDrafts,
  type Operator,
  SEGMENT,
} from './admin-harness.ts';

export interface ReadChangeSet {
  readonly state: string;
  readonly hash: string;
  readonly items: readonly unknown[];
  readonly history: readonly { readonly act: string; readonly actor: string; readonly note: string | null }[];
}

/** What one operator does to change sets, through the operator API. */
export interface SetClient {
  /** Answers the id. */
  create(title: string): Promise<string>;
  read(set: string): Promise<ReadChangeSet>;
  edit(set: string, words: object): Promise<AdminAnswer>;
  put(
    set: string,
    kind: string,
    id: string,
    resource: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<AdminAnswer>;
  archive(set: string, kind: string, id: string): Promise<AdminAnswer>;
  remove(set: string, kind: string, id: string): Promise<AdminAnswer>;
  act(set: string, act: string, body?: object): Promise<AdminAnswer>;
  publish(set: string): Promise<AdminAnswer>;
  validate(set: string): Promise<{
    readonly valid: boolean;
    readonly problems: readonly AdminProblem[];
    readonly stale: readonly unknown[];
  }>;
}

export function createSetClient({ call }: Operator): SetClient {
  const item = (set: string, kind: string, id: string) => `/change-sets/${set}/items/${kind}/${id}`;
  return {
    create: async (title) => {
      const made = await call('POST', '/change-sets', { title });
      if (made.status !== 201) throw new Error(`no change set: ${JSON.stringify(made.body)}`);
      return (made.body as unknown as { id: string }).id;
    },
    read: async (set) => (await call('GET', `/change-sets/${set}`)).body as unknown as ReadChangeSet,
    edit: (set, words) => call('PUT', `/change-sets/${set}`, words),
    put: (set, kind, id, resource, headers) => call('PUT', item(set, kind, id), { resource }, headers),
    archive: (set, kind, id) => call('PUT', item(set, kind, id), { archive: true }),
    remove: (set, kind, id) => call('DELETE', item(set, kind, id)),
    act: (set, act, body) => call('POST', `/change-sets/${set}/${act}`, body),
    publish: (set) => call('POST', `/change-sets/${set}/publish`),
    validate: async (set) =>
      (await call('POST', `/change-sets/${set}/validate`)).body as unknown as Awaited<
        ReturnType<SetClient['validate']>
      >,
  };
}

/** Spaces with something live, for tests of what becomes of change sets. */
export interface Shops {
  /** Sequence 1 has one resource of each kind that there is in `fillDrafts`. */
  open(): Promise<{ readonly owner: Operator; readonly sets: SetClient }>;
  /** An operator beside the owner. */
  colleague(owner: Operator, name: string, role: string, more?: object): Promise<Operator>;
  live(operator: Operator): Promise<{ readonly sequence: number; readonly offers: readonly string[] }>;
  /** `segment/gold/2` of everything that a sequence was compiled of. */
  contentOf(operator: Operator, sequence: number): Promise<readonly string[]>;
}

export function createShops(harness: AdminHarness): Shops {
  const made = (answer: AdminAnswer): AdminAnswer => {
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer;
  };
  return {
    async open() {
      const owner = await harness.newSpace();
      await fillDrafts(owner);
      made(await owner.call('POST', '/publish'));
      return { owner, sets: createSetClient(owner) };
    },
    colleague: async (owner, name, role, more = {}) =>
      harness.as(made(await owner.call('POST', '/operators', { name, role, ...more })).body.token),
    live: async ({ space }) =>
      (await harness.fetch<{ sequence: number; offers: string[] }>(`/store/${space}/current`)).body,
    async contentOf(operator, sequence) {
      const { body } = await operator.call('GET', `/sequences/${sequence}/content`);
      const { resources } = body as unknown as { resources: { kind: string; id: string; version: number }[] };
      return resources.map(({ kind, id, version }) => `${kind}/${id}/${version}`);
    },
  };
}

/** The segment of `fillDrafts` with the rule that a loyalty tier is just so. */
export const tier = (name: string) => ({ ...SEGMENT, rule: `loyaltyTier = "${name}"` });
