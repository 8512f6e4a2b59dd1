import type { Instant } from '../../../core/lib/ids.ts';
import { stableJson } from '../../../core/lib/stable-json.ts';
import { type FieldDiff, fieldDiffs } from '../../../core/ruleset/diff/field-diff.ts';
import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import { type Base, hashOf } from './base-file.ts';
import { canonicalResource, type Plain } from './canonical.ts';
import { compileProject } from './compile-project.ts';
import { type Present, planNotes } from './plan-notes.ts';
import type { FileProblem, Project, WrittenResource } from './project.ts';
import type { Remote, RemoteResource } from './remote.ts';
import { keyOf, type ResourceKey } from './resource-key.ts';

export interface Change {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly action: 'create' | 'update' | 'restore' | 'archive';
  /** What the server must still have; 0: nothing. */
  readonly version: number;
  readonly name: string;
  readonly fields: readonly FieldDiff[];
  /** What is put; null: it is archived. */
  readonly resource: Plain | null;
}

/** Both sides changed since the files came from the server. */
export interface Conflict {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly updatedBy: string;
  readonly updatedAt: string;
  /** From the server's to the file's. */
  readonly fields: readonly FieldDiff[];
}

export interface Plan {
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  /** Changed on the server since, untouched here: they are left alone. */
  readonly behind: readonly ResourceKey[];
  /** On the server and in no file. */
  readonly unmanaged: readonly ResourceKey[];
  readonly problems: readonly FileProblem[];
  readonly notes: readonly string[];
  /** Canonical form of every file that is the same as the server's, or becomes it. */
  readonly agreed: ReadonlyMap<ResourceKey, { readonly version: number; readonly hash: string }>;
}

export interface PlanOptions {
  /** Archive what no file says. */
  readonly prune: boolean;
  /** The files are right, whatever happened on the server since. */
  readonly force: boolean;
}

/** What would make the server's drafts say what the files say. Pure: `now` places the tables of the time zone. */
export function makePlan(
  project: Project,
  remote: Remote,
  base: Base | null,
  options: PlanOptions,
  now: Instant,
): Plan {
  const files = new Map(project.resources.map((file) => [keyOf(file), file]));
  const known = options.force ? null : base;
  const verdicts = [
    ...[...files].map(([key, file]) => judgeFile(key, file, remote.get(key), known)),
    ...[...remote]
      .filter(([key, { archived, id }]) => !archived && !files.has(key) && !project.unread.includes(id))
      .map(([key, held]) => judgeUnfiled(key, held, known, options.prune)),
  ];
  const of = <K extends Verdict['is']>(is: K) =>
    verdicts.filter((each): each is Extract<Verdict, { is: K }> => each.is === is);
  // What goes is used until others are changed.
  const [kept, gone] = [true, false].map((stays) =>
    of('change').flatMap(({ change }) => ((change.resource !== null) === stays ? [change] : [])),
  );
  const changes = [...(kept ?? []), ...(gone ?? [])];
  const before = presentOf(remote);
  const after = applyChanges(before, changes);
  const compiled = compileProject(project.space, after, project.resources, now);
  return {
    changes,
    conflicts: of('conflict').map(({ conflict }) => conflict),
    behind: of('behind').map(({ key }) => key),
    unmanaged: of('unmanaged').map(({ key }) => key),
    problems: [...project.problems, ...compiled.filter((problem) => !isAboutUnread(problem, project))],
    notes: planNotes(before, after, changes),
    agreed: new Map(of('same').map(({ key, version, hash }) => [key, { version, hash }])),
  };
}

type Verdict =
  | { readonly is: 'change'; readonly change: Change }
  | { readonly is: 'conflict'; readonly conflict: Conflict }
  | { readonly is: 'same'; readonly key: ResourceKey; readonly version: number; readonly hash: string }
  | { readonly is: 'behind' | 'unmanaged'; readonly key: ResourceKey };

function judgeFile(
  key: ResourceKey,
  { kind, id, resource }: WrittenResource,
  held: RemoteResource | undefined,
  base: Base | null,
): Verdict {
  const theirs = held ? canonicalResource(kind, held.resource, null) : null;
  const ours = canonicalResource(kind, resource, theirs);
  const hash = hashOf(ours);
  const name = nameOf(resource);
  if (!held || !theirs) {
    return { is: 'change', change: { kind, id, action: 'create', version: 0, name, fields: [], resource } };
  }
  if (!held.archived && stableJson(ours) === stableJson(theirs)) {
    return { is: 'same', key, version: held.version, hash };
  }
  const fields = fieldDiffs(kind, theirs, ours);
  const was = base?.resources[key];
  if (was && was.version !== held.version) {
    if (was.hash === hash) return { is: 'behind', key };
    return { is: 'conflict', conflict: { kind, id, updatedBy: held.updatedBy, updatedAt: held.updatedAt, fields } };
  }
  const action = held.archived ? 'restore' : 'update';
  return { is: 'change', change: { kind, id, action, version: held.version, name, fields, resource } };
}

/** Something of the server that no file says. What somebody else made there since the last pull is not ours to take away. */
function judgeUnfiled(key: ResourceKey, held: RemoteResource, base: Base | null, prune: boolean): Verdict {
  const { kind, id, version, updatedBy, updatedAt, resource } = held;
  const was = base?.resources[key];
  if (!prune || (base && !was)) return { is: 'unmanaged', key };
  if (was && was.version !== version)
    return { is: 'conflict', conflict: { kind, id, updatedBy, updatedAt, fields: [] } };
  return {
    is: 'change',
    change: { kind, id, action: 'archive', version, name: nameOf(resource), fields: [], resource: null },
  };
}

function presentOf(remote: Remote): readonly Present[] {
  return [...remote.values()]
    .filter(({ archived }) => !archived)
    .map(({ kind, id, resource }) => ({ kind, id, resource: canonicalResource(kind, resource, null) }));
}

function applyChanges(before: readonly Present[], changes: readonly Change[]): readonly Present[] {
  const after = new Map(before.map((each) => [keyOf(each), each]));
  for (const { kind, id, resource } of changes) {
    const key = keyOf({ kind, id });
    if (resource === null) after.delete(key);
    else after.set(key, { kind, id, resource: canonicalResource(kind, resource, after.get(key)?.resource ?? null) });
  }
  return [...after.values()];
}

/** Whoever names a resource whose file is wrong is not wrong for that. */
export function isAboutUnread({ code, detail }: FileProblem, { unread }: Project): boolean {
  return /^unknown/.test(code) && unread.some((id) => detail.includes(`"${id}"`) || detail.includes(` ${id} `));
}

function nameOf(resource: Plain): string {
  return typeof resource.name === 'string' ? resource.name : '';
}
