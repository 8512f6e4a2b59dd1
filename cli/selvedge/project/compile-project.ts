import type { Instant, Space } from '../../../core/lib/ids.ts';
import { compileDraft, type StoredResource } from '../../../core/ruleset/draft.ts';
import type { RulesetProblem } from '../../../core/ruleset/problem.ts';
import { KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { canonicalResource, type Plain } from './canonical.ts';
import { placeInRule } from './place-in-rule.ts';
import type { FileProblem, WrittenResource } from './project.ts';
import { keyOf } from './resource-key.ts';

interface Member {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly resource: Plain;
}

/** Compiles resources as a publish would. What is wrong in one of the files is told by its place there, the rest by its name. */
export function compileProject(
  space: string,
  members: readonly Member[],
  files: readonly WrittenResource[],
  now: Instant,
): readonly FileProblem[] {
  const stored = members.map((each): StoredResource => ({ ...each, body: storedForm(each) }));
  const compiled = compileDraft(space as Space, stored, now);
  if (compiled.ok) return [];
  const byKey = new Map(files.map((file) => [keyOf(file), file]));
  return compiled.error.map((problem) => placed(problem, byKey.get(keyOf(problem))));
}

/** Stands in for what only the server has: a sealed secret is as good as another. */
function storedForm({ kind, resource }: Member): Plain {
  const full = canonicalResource(kind, resource, null);
  if (kind !== 'source') return full;
  const { writeKeys = [], serverKeyHashes = [], proofKeys = [] } = full;
  const keys = (proofKeys as readonly Plain[]).filter((key) => !('keys' in key));
  return {
    ...full,
    writeKeys,
    serverKeyHashes,
    proofKeys: keys.map((key) =>
      key.alg === 'HS256' ? { kid: key.kid, alg: key.alg, secretEncrypted: 'sealed' } : key,
    ),
  };
}

function placed(problem: RulesetProblem, file: WrittenResource | undefined): FileProblem {
  const { kind, id, pointer, code, detail, line, column } = problem;
  if (!file) return { file: `(server) ${kind} ${id}${pointer}`, line: line ?? 1, column: column ?? 1, code, detail };
  const written = file.resource[KINDS[kind].expression ?? ''];
  const inside =
    line !== undefined && typeof written === 'string' ? placeInRule(written, { line, column: column ?? 1 }) : null;
  return { file: file.file, ...file.place(pointer, inside ?? undefined), code, detail };
}
