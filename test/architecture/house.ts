/**
 * The house as data: who may import whom, in which order, how big a file may grow. Prose: docs/design/. Changing a
 * line here is changing the design: do it in a commit of its own, with the page in docs/design/ beside it.
 */

/** Domains of core; each may import those before it. A test compares this line with docs/design/foundation.md. */
export const CORE_ORDER = [
  'lib',
  'policy',
  'event',
  'identity',
  'profile',
  'segment',
  'measure',
  'model',
  'experiment',
  'decision',
  'source',
  'destination',
  'ruleset',
  'interaction',
] as const;

/** How much of another room may be imported. */
export type Reach =
  | 'all'
  /** `import type` only. */
  | 'types'
  /** `import type` of the admin app (worker/app.ts, worker/admin/): enough for a typed client. */
  | 'admin types'
  /** What its build wrote, as text: the Worker serves the SDK. */
  | 'built text'
  /** Types of anything; values only of modules that do not lead to zod. */
  | 'values without zod';

export interface Room {
  readonly rooms: Readonly<Record<string, Reach>>;
  /** Package names, or prefixes that end in `:` or `/`. */
  readonly packages: readonly string[] | 'any';
}

export const ROOMS: Readonly<Record<string, Room>> = {
  // Packages of core have rules of their own: see ZOD_FILES, PUBLISH_PACKAGES and CORE_PACKAGES.
  core: { rooms: { core: 'all' }, packages: 'any' },
  db: { rooms: { core: 'types', db: 'all' }, packages: ['drizzle-orm', 'drizzle-orm/'] },
  worker: {
    rooms: { core: 'all', db: 'all', worker: 'all', 'client-sdk': 'built text', 'client-edge': 'types' },
    packages: [
      'cloudflare:',
      'node:',
      '@cloudflare/workers-types',
      'bowser',
      'drizzle-orm',
      'drizzle-orm/',
      'hono',
      'hono/',
      'isbot',
      'jose',
      'zod',
      'zod-openapi',
    ],
  },
  // React is a peer of the one entry that is for it.
  'client-sdk': { rooms: { core: 'values without zod', 'client-sdk': 'all' }, packages: ['react'] },
  /** For Workers in front of a site: runs there, so it carries nothing of ours but types. */
  'client-edge': { rooms: { core: 'types', 'client-edge': 'all' }, packages: [] },
  console: { rooms: { core: 'all', worker: 'admin types', console: 'all' }, packages: 'any' },
  cli: { rooms: { core: 'all', worker: 'admin types', cli: 'all' }, packages: 'any' },
  examples: { rooms: { core: 'types', 'client-sdk': 'all', 'client-edge': 'all', examples: 'all' }, packages: 'any' },
  dev: {
    rooms: { core: 'all', db: 'all', worker: 'all', 'client-sdk': 'all', cli: 'all', examples: 'all', dev: 'all' },
    packages: 'any',
  },
  test: { rooms: everyRoom(), packages: 'any' },
  bench: { rooms: everyRoom(), packages: 'any' },
  /** Files beside package.json: configuration of tools. */
  '.': { rooms: {}, packages: 'any' },
};

/** test and bench may import everything; that nobody imports them follows from the other lines. */
function everyRoom(): Record<string, Reach> {
  const names = [
    'core',
    'db',
    'worker',
    'client-sdk',
    'client-edge',
    'console',
    'cli',
    'examples',
    'dev',
    'test',
    'bench',
  ];
  return Object.fromEntries(names.map((name) => [name, 'all' as const]));
}

/** Build scripts and tool configuration live in the room they serve, run on Node, and ship with nothing. */
export const TOOL_FILES =
  /^(?:client-sdk|client-edge|console|examples\/[a-z-]+)\/(?:build|size)\.ts$|(?:^|\/)[a-z-]+\.config\.ts$/;
/** Rooms that may start a build. */
export const TOOL_USERS = ['dev', 'test', 'bench'];

/** The only files of core that may import zod. */
export const ZOD_FILES = /(?:^|\/)(?:schema|[a-z0-9-]+\.schema)\.ts$/;
/** Packages that only making a ruleset needs, and the one room of core that may import each. */
export const PUBLISH_PACKAGES: Readonly<Record<string, string>> = {
  chevrotain: 'core/segment/language/',
  mustache: 'core/decision/content/language/',
  parse5: 'core/decision/content/language/',
  'temporal-polyfill': 'core/segment/compile/',
};
/**
 * Packages that one room of core may import beside those: distributions and their draws, where a well-kept library is better than our own. Why these:
 * docs/design/experiments.md.
 */
export const CORE_PACKAGES: Readonly<Record<string, string>> = {
  '@stdlib/stats-base-dists-chisquare-cdf': 'core/experiment/statistics/',
  '@stdlib/stats-base-dists-normal-cdf': 'core/experiment/statistics/',
  '@stdlib/stats-base-dists-normal-quantile': 'core/experiment/statistics/',
  'd3-random': 'core/experiment/bandit/',
};
/**
 * What these files load when they start serves every request and every object of an isolate. Rules are read and compiled when
 * somebody publishes, so none of it may be loaded before: behind a dynamic import it is.
 */
export const START_UP = ['worker/index.ts', 'worker/app.ts'];
/** Rooms that are as a whole for publishing, or for operators who read results: no visitor waits for them. */
export const PUBLISH_ROOMS: readonly string[] = [
  'core/segment/compile/',
  'core/decision/content/language/',
  'core/experiment/statistics/',
];

/**
 * Layers of the worker. `base` are the other files directly in worker/ (Config, Env). routes (edge, admin) → services →
 * stores; objects → core and stores. A store never imports another store: see `storeOf`.
 */
export const WORKER_LAYERS: Readonly<Record<string, readonly string[] | 'any'>> = {
  index: 'any',
  app: ['edge', 'admin', 'openapi', 'http', 'services', 'observe', 'base'],
  // Describes both kinds of routes, so it stands beside the app that mounts them.
  openapi: ['admin', 'http', 'base'],
  // The composition root: it also builds what http needs (keys, tokens), so http takes only its types from here.
  services: ['services', 'stores', 'http', 'observe', 'base', 'objects (types)'],
  edge: ['edge', 'services', 'http', 'observe', 'base'],
  // The same doors for Workers of the account.
  rpc: ['rpc', 'app', 'edge', 'services', 'http', 'observe', 'base'],
  admin: ['admin', 'services', 'http', 'observe', 'base'],
  http: ['http', 'services (types)', 'observe', 'base'],
  objects: ['objects', 'stores', 'observe', 'base'],
  stores: ['stores', 'observe', 'base'],
  queues: ['queues', 'services', 'stores', 'observe', 'base'],
  observe: ['observe', 'base'],
  base: ['base', 'services (types)'],
};

/** Lines a file may have; the first pattern that fits counts. Generated files and declarations have no limit. */
export const LINE_BUDGETS: readonly { readonly files: RegExp; readonly maxLines: number; readonly advice: string }[] = [
  {
    files: /^worker\/objects\/[a-z-]+-object\.ts$/,
    maxLines: 150,
    advice: 'an object shell loads, calls core, stores and answers: move what decides to core/',
  },
  { files: /^test\//, maxLines: 600, advice: 'split the tests by what they prove' },
  { files: /./, maxLines: 400, advice: 'files want 200 lines: find the second concept and give it a file' },
];

/**
 * One exported concept per file in core. A concept may need a few functions around one type, so the number of exported
 * functions is what gets limited: room for a type with its parse, make and compare functions. lib has vocabularies
 * (ids, instants) where one file holds a family.
 */
export const MAX_EXPORTED_FUNCTIONS: readonly { readonly files: RegExp; readonly max: number }[] = [
  { files: /^core\/lib\//, max: 16 },
  { files: /^core\//, max: 8 },
];

/** File names (without endings) that say nothing about what belongs inside. */
export const FORBIDDEN_NAMES = ['util', 'utils', 'helper', 'helpers', 'types', 'misc', 'common'];

/** The one file outside client-sdk whose job is re-exporting: what Cloudflare sees of the Worker. */
export const BARRELS_ALLOWED = /^(?:client-sdk\/|worker\/index\.ts$)/;
