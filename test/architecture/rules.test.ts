import { describe, expect, it } from 'vitest';
import { RULES } from './rules/all.ts';
import { treeOf } from './tree.ts';

/** Sources that break exactly the rule they stand under. A checker that finds nothing is noticed here. */
const BROKEN: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  resolvable: [
    { 'core/lib/a.ts': `import './gone.ts';` },
    { 'core/lib/a.ts': `import { b } from './b';\nb;`, 'core/lib/b.ts': 'export const b = 1;' },
    { 'worker/edge/a.ts': 'export const load = (name: string) => import(name);' },
  ],
  rooms: [
    { 'core/event/a.ts': `import '../../worker/app.ts';`, 'worker/app.ts': '' },
    { 'db/control/a.ts': `import { x } from '../../core/lib/x.ts';\nx;`, 'core/lib/x.ts': 'export const x = 1;' },
    { 'db/control/a.ts': `import { type X } from '../../core/lib/x.ts';`, 'core/lib/x.ts': 'export type X = 1;' },
    { 'worker/edge/a.ts': `import type { S } from '../../client-sdk/s.ts';`, 'client-sdk/s.ts': 'export type S = 1;' },
    { 'client-sdk/a.ts': `export * from '../worker/app.ts';`, 'worker/app.ts': 'export const a = 1;' },
    { 'cli/a.ts': `import { app } from '../worker/app.ts';\napp;`, 'worker/app.ts': 'export const app = 1;' },
    { 'cli/a.ts': `import type { S } from '../worker/services.ts';`, 'worker/services.ts': 'export type S = 1;' },
    { 'cli/a.ts': `import '../db/control/schema.ts';`, 'db/control/schema.ts': '' },
    { 'cli/a.ts': `import '../dev/platform.ts';`, 'dev/platform.ts': '' },
    { 'dev/a.ts': `import '../test/support/s.ts';`, 'test/support/s.ts': '' },
    {
      'worker/app.ts': `type T = import('../bench/t.ts').T;\nexport const t: T = 1;`,
      'bench/t.ts': 'export type T = 1;',
    },
    { 'client-sdk/a.ts': `import './build.ts';`, 'client-sdk/build.ts': '' },
    { 'core/lib/a.ts': `import '../../../outside.ts';`, '../outside.ts': '' },
  ],
  'sdk-without-zod': [
    {
      'client-sdk/a.ts': `import { b } from '../core/event/b.ts';\nb;`,
      'core/event/b.ts': `export { b } from './c.schema.ts';\nexport const own = 1;`,
      'core/event/c.schema.ts': `import { z } from 'zod';\nexport const b = z.string();`,
    },
  ],
  packages: [
    { 'core/experiment/assign.ts': `import { randomBeta } from 'd3-random';` },
    { 'core/experiment/bandit/arm.ts': `import cdf from '@stdlib/stats-base-dists-normal-cdf';` },
    { 'core/event/a.ts': `import { z } from 'zod';\nz;` },
    { 'core/event/a.schema.ts': `import type { X } from 'hono';\nexport type Y = X;` },
    { 'core/lib/a.ts': `import { readFileSync } from 'node:fs';\nreadFileSync;` },
    { 'core/lib/a.ts': `import { env } from 'cloudflare:workers';\nenv;` },
    { 'core/segment/compile.ts': `import 'some-parser';` },
    { 'client-sdk/a.ts': `import 'hono';` },
    { 'client-sdk/a.ts': `import 'node:fs';` },
    { 'db/control/a.ts': `import 'hono';` },
    { 'worker/edge/a.ts': `import 'commander';` },
  ],
  'core-domains': [{ 'core/loose.ts': '' }, { 'core/shop/cart.ts': '' }],
  'core-order': [
    { 'core/event/a.ts': `import '../profile/b.ts';`, 'core/profile/b.ts': '' },
    { 'core/policy/a.ts': `import type { E } from '../event/e.ts';`, 'core/event/e.ts': 'export type E = 1;' },
    {
      'core/lib/a.ts': `export type { E } from '../event/e.ts';\nexport const a = 1;`,
      'core/event/e.ts': 'export type E = 1;',
    },
  ],
  'worker-layers': [
    { 'worker/edge/a.ts': `import '../stores/profile-store.ts';`, 'worker/stores/profile-store.ts': '' },
    { 'worker/admin/a.ts': `import type { P } from '../objects/p.ts';`, 'worker/objects/p.ts': 'export type P = 1;' },
    { 'worker/objects/a.ts': `import '../edge/b.ts';`, 'worker/edge/b.ts': '' },
    { 'worker/queues/a.ts': `import '../admin/b.ts';`, 'worker/admin/b.ts': '' },
    { 'worker/services.ts': `import { P } from './objects/p.ts';\nP;`, 'worker/objects/p.ts': 'export const P = 1;' },
    { 'worker/stuff/a.ts': `import '../config.ts';`, 'worker/config.ts': '' },
  ],
  'stores-apart': [
    { 'worker/stores/profile-store.ts': `import './ruleset-store.ts';`, 'worker/stores/ruleset-store.ts': '' },
    { 'worker/stores/keys.ts': `import './ruleset-store.ts';`, 'worker/stores/ruleset-store.ts': '' },
    { 'worker/stores/profile/rows.ts': `import '../ruleset/rows.ts';`, 'worker/stores/ruleset/rows.ts': '' },
  ],
  'nothing-to-publish-at-start': [
    {
      'worker/index.ts': `import './objects/a.ts';`,
      'worker/objects/a.ts': `import { parse } from '../../core/segment/language/parse.ts';\nparse;`,
      'core/segment/language/parse.ts': `import { Lexer } from 'chevrotain';\nexport const parse = Lexer;`,
    },
    {
      'worker/app.ts': `import { liftOf } from '../core/experiment/statistics/lift.ts';\nliftOf;`,
      'core/experiment/statistics/lift.ts': 'export const liftOf = 1;',
    },
    {
      'worker/app.ts': `import { compile } from '../core/segment/compile/compile.ts';\ncompile;`,
      'core/segment/compile/compile.ts': 'export const compile = 1;',
    },
  ],
  'no-cycles': [
    {
      'core/lib/a.ts': `import './b.ts';`,
      'core/lib/b.ts': `import './c.ts';`,
      'core/lib/c.ts': `import type { A } from './a.ts';\nexport type C = A;`,
    },
    { 'core/lib/a.ts': `import './a.ts';` },
  ],
  'known-room': [{ 'lib/a.ts': '' }],
  size: [
    { 'core/lib/a.ts': '//\n'.repeat(401) },
    { 'worker/objects/profile-object.ts': '//\n'.repeat(151) },
    { 'test/core/a.test.ts': '//\n'.repeat(601) },
  ],
  'one-concept': [
    { 'core/lib/a.ts': Array.from({ length: 17 }, (_, i) => `export function f${i}() {}`).join('\n') },
    { 'core/event/a.ts': Array.from({ length: 9 }, (_, i) => `export const f${i} = () => ${i};`).join('\n') },
  ],
  names: [
    { 'core/lib/utils.ts': '' },
    { 'worker/edge/helpers.ts': '' },
    { 'core/event/types.ts': '' },
    { 'core/event/types.schema.ts': '' },
    { 'core/lib/parseThing.ts': '' },
    { 'core/lib/snake_case.ts': '' },
    { 'cli/Import/main.ts': '' },
  ],
  'no-barrels': [
    { 'core/lib/index.ts': `export * from './a.ts';`, 'core/lib/a.ts': 'export const a = 1;' },
    { 'cli/index.ts': `export type { A } from './a.ts';`, 'cli/a.ts': 'export type A = 1;' },
  ],
  'no-any': [{ 'core/lib/a.ts': 'export const a = (x: any) => x;' }, { 'cli/a.ts': 'export type A = Array<any>;' }],
  'no-enum': [{ 'core/lib/a.ts': 'export enum A { b }' }, { 'core/lib/a.ts': 'declare const enum A { b }' }],
  'no-ts-ignore': [{ 'core/lib/a.ts': '// @ts-ignore\nexport const a = 1;' }, { 'core/lib/a.ts': '// @ts-nocheck' }],
  'no-ownerless-todo': [{ 'core/lib/a.ts': '// TODO: later' }, { 'cli/a.ts': '/* FIXME */' }],
  'core-is-pure': [
    { 'core/ruleset/build.ts': 'export const a = Date.now();' },
    { 'core/lib/a.ts': 'export const a = Date.now();' },
    { 'core/lib/a.ts': 'export const a = new Date();' },
    { 'core/lib/a.ts': 'export const a = Math.random();' },
    { 'core/lib/a.ts': 'export const a = crypto.randomUUID();' },
  ],
};

/** Sources that break no rule, however close they come. */
const SOUND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'core in order, zod in a schema file': {
    'core/event/schema.ts': `import { z } from 'zod';\nimport { a } from '../lib/a.ts';\nexport const s = z.literal(a);`,
    'core/lib/a.ts': 'export const a = new Date(0).getTime();',
  },
  'the SDK takes types from a schema and values from plain modules': {
    'client-sdk/index.ts': `export type { S } from '../core/event/schema.ts';\nexport { a } from '../core/lib/a.ts';`,
    'core/event/schema.ts': `import { z } from 'zod';\nexport type S = z.infer<typeof s>;\nconst s = z.string();`,
    'core/lib/a.ts': 'export const a = 1;',
  },
  'a plain module that takes only types from a schema': {
    'client-sdk/a.ts': `import { b } from '../core/event/b.ts';\nexport const c = b;`,
    'core/event/b.ts': `import type { S } from './schema.ts';\nexport const b: S = '';`,
    'core/event/schema.ts': `import { z } from 'zod';\nexport type S = string;\nexport const s = z.string();`,
  },
  'a build file uses Node and a bundler': {
    'client-sdk/build.ts': `import 'node:fs';\nimport 'esbuild';`,
    'dev/test.ts': `import '../client-sdk/build.ts';`,
  },
  'routes, services, stores': {
    'worker/edge/a.ts': `import type { Services } from '../services.ts';\nexport type A = Services;`,
    'worker/services.ts': `import './stores/profile-store.ts';\nimport type { P } from './objects/p.ts';\nexport type Services = P;`,
    'worker/stores/profile-store.ts': `import './profile/rows.ts';\nimport './keys.ts';`,
    'worker/stores/keys.ts': '',
    'worker/stores/profile/rows.ts': `import '../../../db/profile/schema.ts';`,
    'worker/objects/p.ts': 'export type P = 1;',
    'db/profile/schema.ts': '',
  },
  'what is loaded on demand, and types': {
    'worker/app.ts': `import type { P } from '../core/segment/compile/p.ts';\nexport const load = () => import('../core/segment/language/parse.ts');\nexport type Q = P;`,
    'core/segment/compile/p.ts': 'export type P = 1;',
    'core/segment/language/parse.ts': `import { Lexer } from 'chevrotain';\nexport const parse = Lexer;`,
  },
  'words that only look forbidden': {
    'core/event/types/page-viewed.schema.ts': `// TODO(ada) drop after the move\nexport const any = { enum: 'Date.now' };`,
    'test/core/a.test.ts': 'export const now = Date.now();',
  },
};

describe('each rule', () => {
  it.each(RULES)('has sources that break it: $id', ({ id }) => {
    expect(BROKEN[id]?.length ?? 0).toBeGreaterThan(0);
  });

  const cases = Object.entries(BROKEN).flatMap(([id, trees]) => trees.map((sources) => ({ id, sources })));
  it.each(cases)('$id fires on $sources', ({ id, sources }) => {
    const rule = RULES.find((candidate) => candidate.id === id);
    const violations = rule?.check(treeOf(sources)) ?? [];
    expect(violations.length).toBeGreaterThan(0);
    for (const { path, line } of violations) {
      expect(Object.keys(sources)).toContain(path);
      expect(line).toBeGreaterThan(0);
    }
  });
});

describe('no rule', () => {
  it.each(Object.entries(SOUND))('objects to %s', (_name, sources) => {
    const found = RULES.flatMap(({ id, check }) =>
      check(treeOf(sources)).map(({ path, problem }) => ({ id, path, problem })),
    );
    expect(found).toEqual([]);
  });
});
