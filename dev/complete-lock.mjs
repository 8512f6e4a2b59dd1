// Completes package-lock.json. Run it after `npm install <package>`: node dev/complete-lock.mjs
//
// Why: `npm ci` refuses a lock that lacks any optional dependency of any package. Tools ship one optional package per
// platform, and a registry mirror that serves only some platforms makes `npm install` leave the others out. The entry
// of a platform package needs no more than its exact version (its parent names it) and the platform it is for, so that
// `npm ci` may skip it elsewhere. Entries made here carry no integrity hash; `npm install` on a machine of that
// platform adds it. `--check` changes nothing and exits 1 when entries are missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const OS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  openharmony: 'openharmony',
  win32: 'win32',
  windows: 'win32',
};
const CPU = {
  arm: 'arm',
  arm64: 'arm64',
  x64: 'x64',
  64: 'x64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** Where Node would find `name` from the package at `from`, as a lock key; null when the lock has it nowhere. */
function resolveIn(packages, from, name) {
  for (let base = from; ; ) {
    const key = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (packages[key]) return key;
    if (!base) return null;
    base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1));
  }
}

/** `{ os, cpu, libc }` as the package's name tells, or null for a name that tells no platform. */
function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = words.map((word) => OS[word]).find(Boolean);
  const cpu = words.map((word) => CPU[word]).find(Boolean);
  if (!os || !cpu) return null;
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.includes('gnu') ? ['glibc'] : undefined;
  return { cpu: [cpu], os: [os], ...(libc && os === 'linux' && { libc }) };
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const added = {};
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!/^\d/.test(version)) continue;
    const found = resolveIn(lock.packages, parent, name);
    if (found && lock.packages[found].version === version) continue;
    const platform = platformOf(name);
    if (!platform) continue;
    // Beside the parent when that place is free, as npm itself would do; below the parent otherwise.
    const beside = `node_modules/${name}`;
    const key = found || added[beside] ? `${parent}/node_modules/${name}` : beside;
    added[key] = { version, ...platform, ...(entry.dev && { dev: true }), license: entry.license, optional: true };
  }
}

const keys = Object.keys(added);
if (process.argv.includes('--check')) {
  if (keys.length > 0)
    console.error(
      `package-lock.json lacks ${keys.length} platform packages, first ${keys[0]}: node dev/complete-lock.mjs`,
    );
  process.exit(keys.length > 0 ? 1 : 0);
}
if (keys.length > 0) {
  const all = { ...lock.packages, ...added };
  lock.packages = Object.fromEntries(
    Object.keys(all)
      .sort((a, b) => a.localeCompare(b, 'en'))
      .map((key) => [key, all[key]]),
  );
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(
  keys.length > 0 ? `package-lock.json: ${keys.length} platform packages added` : 'package-lock.json is complete',
);
