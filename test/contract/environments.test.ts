import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { ROOT } from '../../dev/build.ts';

type Of<K extends string> = Readonly<Record<K, string>>;

/** What we look at of what wrangler reads. */
interface Read {
  readonly name: string;
  readonly durable_objects: { readonly bindings: readonly Of<'name' | 'class_name'>[] };
  readonly d1_databases: readonly Of<'binding' | 'database_name' | 'migrations_dir'>[];
  readonly kv_namespaces: readonly Of<'binding'>[];
  readonly r2_buckets: readonly Of<'binding' | 'bucket_name'>[];
  readonly queues: {
    readonly producers?: readonly Of<'binding'>[];
    readonly consumers?: readonly (Of<'queue'> & { readonly dead_letter_queue?: string })[];
  };
  readonly ratelimits: readonly (Of<'name' | 'namespace_id'> & { readonly simple: unknown })[];
  readonly migrations: readonly { readonly new_sqlite_classes?: readonly string[] }[];
  readonly triggers: { readonly crons: readonly string[] };
  readonly assets?: Of<'directory'>;
}

const read = (env?: string) =>
  unstable_readConfig({ config: join(ROOT, 'wrangler.toml'), ...(env ? { env } : {}) }) as Read;

/** What the Worker is given, without the names that differ by environment. */
function bindings(config: Read) {
  return {
    objects: config.durable_objects.bindings.map(({ name, class_name }) => `${name} ${class_name}`),
    databases: config.d1_databases.map(({ binding, migrations_dir }) => [binding, migrations_dir]),
    caches: config.kv_namespaces.map(({ binding }) => binding),
    buckets: config.r2_buckets.map(({ binding }) => binding),
    producers: config.queues.producers?.map(({ binding }) => binding),
    consumers: config.queues.consumers?.map(({ queue, dead_letter_queue, ...rest }) => ({
      ...rest,
      role: queue.replace(/^.*-(effects|dead-letters)$/, '$1'),
      dead: dead_letter_queue?.replace(/^.*-(dead-letters)$/, '$1'),
    })),
    limits: config.ratelimits.map(({ name, simple }) => [name, simple]),
    migrations: config.migrations,
    crons: config.triggers.crons,
    assets: config.assets?.directory,
  };
}

describe('environments', () => {
  it.each(['preview', 'production'])('%s has every binding that the local one has', (env) => {
    expect(bindings(read(env))).toEqual(bindings(read()));
  });

  it('share no database, cache, bucket, queue or limit by name', () => {
    const names = [undefined, 'preview', 'production'].flatMap((env) => {
      const { name, d1_databases, r2_buckets, queues, ratelimits } = read(env);
      return [
        `worker ${name}`,
        ...d1_databases.map(({ database_name }) => `d1 ${database_name}`),
        ...r2_buckets.map(({ bucket_name }) => `r2 ${bucket_name}`),
        ...(queues.consumers ?? []).map(({ queue }) => `queue ${queue}`),
        ...ratelimits.map(({ namespace_id }) => `limit ${namespace_id}`),
      ];
    });
    expect(new Set(names).size).toBe(names.length);
  });

  it('migrate every class that is bound', () => {
    const { durable_objects, migrations } = read('production');
    const made = migrations.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes);
    expect([...made].sort()).toEqual(durable_objects.bindings.map(({ class_name }) => class_name).sort());
  });
});
