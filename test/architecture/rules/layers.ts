import { CORE_ORDER, WORKER_LAYERS } from '../house.ts';
import { fileRule, importRule, type Rule } from '../rule.ts';

/** The domain of a file of core, null for files elsewhere. */
function domainOf(path: string): string | null {
  return /^core\/([^/]+)\//.exec(path)?.[1] ?? null;
}

const rankOf = (domain: string) => (CORE_ORDER as readonly string[]).indexOf(domain);

const coreDomains = fileRule(
  'core-domains',
  'put the file into the domain whose word it explains; a new domain needs its place in CORE_ORDER and in docs/design',
  ({ path }) => {
    if (!path.startsWith('core/')) return [];
    const domain = domainOf(path);
    if (domain !== null && rankOf(domain) >= 0) return [];
    return [{ line: 1, problem: `${domain ?? 'core/ itself'} is no domain of core` }];
  },
);

const coreOrder = importRule(
  'core-order',
  `later domains know earlier ones, never the other way (types too): ${CORE_ORDER.join(', ')}`,
  (file, { target }) => {
    const from = domainOf(file.path);
    const to = target === null ? null : domainOf(target);
    if (from === null || to === null || rankOf(to) <= rankOf(from)) return null;
    return `${from} comes before ${to} and may not import ${target}`;
  },
);

const ROOT_LAYERS = ['index', 'app', 'openapi', 'services'];

/** `edge` for worker/edge/x.ts, `services` for worker/services.ts, `base` for other files directly in worker/. */
function layerOf(path: string): string | null {
  const [, folder, file] = /^worker\/(?:([^/]+)\/.*|([^/]+)\.ts)$/.exec(path) ?? [];
  if (folder) return folder;
  if (!file) return null;
  return ROOT_LAYERS.includes(file) ? file : 'base';
}

/**
 * Which store a path belongs to: `profile` for stores/profile-store.ts and everything in stores/profile/. Null for the
 * other files directly in stores/: pieces that every store may use, and that use no store themselves.
 */
function storeOf(path: string): string | null {
  return /^worker\/stores\/([a-z0-9-]+)(?:-store\.ts$|\/)/.exec(path)?.[1] ?? null;
}

const workerLayers = importRule(
  'worker-layers',
  'go through the layer between, take a function instead of a store, or move the shared contract to core/ (WORKER_LAYERS in test/architecture/house.ts)',
  (file, { target, typeOnly }) => {
    const from = layerOf(file.path);
    const to = target === null ? null : layerOf(target);
    if (from === null || to === null) return null;
    const allowed = WORKER_LAYERS[from];
    if (!allowed) return `worker/${from}/ is no layer of the worker`;
    if (allowed === 'any' || allowed.includes(to)) return null;
    if (allowed.includes(`${to} (types)`) && typeOnly) return null;
    return `${from} may import ${allowed.join(', ')}, not ${to} (${target})`;
  },
);

const storesApart = importRule(
  'stores-apart',
  'a store knows its own files (stores/<name>-store.ts, stores/<name>/) only: compose two stores in the service or object that needs both',
  (file, { target }) => {
    const from = storeOf(file.path);
    const to = target === null ? null : storeOf(target);
    if (!file.path.startsWith('worker/stores/') || to === null || from === to) return null;
    return `${from === null ? file.path : `store ${from}`} may not import store ${to}`;
  },
);

export const LAYER_RULES: readonly Rule[] = [coreDomains, coreOrder, workerLayers, storesApart];
