import { CORE_PACKAGES, PUBLISH_PACKAGES, type Reach, ROOMS, TOOL_FILES, TOOL_USERS, ZOD_FILES } from '../house.ts';
import { importRule, type Rule, roomOf, type Tree } from '../rule.ts';
import type { ImportLine, SourceFile } from '../source-file.ts';

const PRODUCT_ROOMS = ['core', 'db', 'worker', 'client-sdk'];

const resolvable = importRule(
  'resolvable',
  'name an existing file with its ending (.ts); in the product no computed import()',
  (file, { specifier, target }, tree) => {
    if (specifier === null) {
      const product = PRODUCT_ROOMS.includes(roomOf(file.path)) && !TOOL_FILES.test(file.path);
      return product ? 'computed import(): nobody can check what it loads' : null;
    }
    if (target === null || target.includes('/dist/') || tree.files.has(target) || tree.exists(target)) return null;
    return `${specifier} does not exist`;
  },
);

const rooms = importRule(
  'rooms',
  'see ROOMS in test/architecture/house.ts: move the code to the room that may know both, or pass it in',
  (file, line) => {
    const room = roomOf(file.path);
    if (line.target === null) return null;
    const other = roomOf(line.target);
    if (TOOL_FILES.test(line.target) && !TOOL_FILES.test(file.path) && !TOOL_USERS.includes(room)) {
      return `${line.target} is a build file: only ${TOOL_USERS.join(', ')} may import it`;
    }
    const rules = ROOMS[room];
    if (!rules) return `${room}/ is no room of the house`;
    const reach = room === '.' && other === '.' ? 'all' : rules.rooms[other];
    if (!reach) return `${room} may not import ${other} (${line.target})`;
    return reachProblem(reach, room, line);
  },
);

function reachProblem(reach: Reach, room: string, { target, typeOnly }: ImportLine): string | null {
  if (reach === 'types' && !typeOnly) return `${room} may import only types of ${target}: write \`import type\``;
  if (reach === 'built text')
    return target?.includes('/dist/') ? null : `${room} may import only built text, not ${target}`;
  if (reach !== 'admin types') return null;
  if (!typeOnly) return `${room} may import only types of ${target}: write \`import type\``;
  const isAdmin = target === 'worker/app.ts' || target?.startsWith('worker/admin/');
  return isAdmin ? null : `${room} may import the types of the admin app only, not ${target}`;
}

/** The file a chain of value imports inside core leads to zod through, or null. */
function pathToZod(path: string, tree: Tree, seen: Set<string>): readonly string[] | null {
  if (seen.has(path)) return null;
  seen.add(path);
  for (const line of tree.files.get(path)?.imports ?? []) {
    if (line.typeOnly) continue;
    if (line.specifier === 'zod' || line.specifier?.startsWith('zod/')) return [path, 'zod'];
    const below = line.target === null ? null : pathToZod(line.target, tree, seen);
    if (below) return [path, ...below];
  }
  return null;
}

const sdkWithoutZod = importRule(
  'sdk-without-zod',
  'zod would triple the SDK: take the type with `import type`, or move the value to a module that no schema is behind',
  (file, line, tree) => {
    if (roomOf(file.path) !== 'client-sdk' || line.typeOnly || !line.target?.startsWith('core/')) return null;
    const chain = pathToZod(line.target, tree, new Set());
    return chain ? `brings in zod: ${chain.join(' → ')}` : null;
  },
);

const packages = importRule(
  'packages',
  'use what the room has, or decide in test/architecture/house.ts that the room may know this package',
  (file, { specifier, target, typeOnly }) => {
    const room = roomOf(file.path);
    if (specifier === null || target !== null || TOOL_FILES.test(file.path)) return null;
    if (room === 'core') return corePackageProblem(file, specifier);
    const allowed = ROOMS[room]?.packages ?? [];
    if (allowed === 'any') return null;
    const fits = allowed.some((name) => specifier === name || (/[:/]$/.test(name) && specifier.startsWith(name)));
    return fits ? null : `${room} may not import ${specifier}${typeOnly ? ' (types count too)' : ''}`;
  },
);

function corePackageProblem(file: SourceFile, specifier: string): string | null {
  if (/^(?:node|cloudflare):/.test(specifier)) return `core is portable and does no I/O: no ${specifier}`;
  if (specifier === 'zod') {
    return ZOD_FILES.test(file.path) ? null : 'core imports zod only in schema.ts and *.schema.ts';
  }
  const rooms = { ...PUBLISH_PACKAGES, ...CORE_PACKAGES };
  const only = Object.hasOwn(rooms, specifier) ? rooms[specifier] : undefined;
  if (only === undefined) return `core may not import ${specifier}`;
  return file.path.startsWith(only) ? null : `${specifier} only in ${only}`;
}

export const ROOM_RULES: readonly Rule[] = [resolvable, rooms, sdkWithoutZod, packages];
