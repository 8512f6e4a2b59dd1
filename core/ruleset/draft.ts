import type { Instant, Space } from '../lib/ids.ts';
import { err, type Result } from '../lib/result.ts';
import { withoutAnnotations } from './annotations.ts';
import { compileRuleset } from './compile.ts';
import type { CompiledParts } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import { RESOURCE_KINDS, type ResourceKind, type ResourceOf, type RulesetSources } from './resources.ts';
import { RESOURCE_SCHEMAS, schemaProblems } from './schema.ts';

/** A stored resource as it lies in D1: JSON that an older version of the code may have written. */
export interface StoredResource {
  readonly kind: string;
  readonly id: string;
  readonly body: unknown;
}

/** What stored resources are, and why some are nothing any more. */
export interface ReadDraft {
  readonly sources: RulesetSources;
  readonly problems: readonly RulesetProblem[];
}

/** Stored resources → parts. `now` places the tables of the time zone; see compile-rules.ts. */
export function compileDraft(
  space: Space,
  stored: readonly StoredResource[],
  now: Instant,
): Result<CompiledParts, readonly RulesetProblem[]> {
  const { sources, problems } = readDraft(stored);
  const compiled = compileRuleset(space, sources, now);
  if (problems.length === 0) return compiled;
  return err(compiled.ok ? problems : [...problems, ...compiled.error]);
}

/** What is stored is checked again: the code, or a hand in the database, may have changed since it was put. */
export function readDraft(stored: readonly StoredResource[]): ReadDraft {
  const sources = Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, []])) as unknown as Growing;
  const problems: RulesetProblem[] = [];
  for (const resource of stored) {
    const kind = RESOURCE_KINDS.find((known) => known === resource.kind);
    if (kind) problems.push(...add(sources, kind, resource));
  }
  return { sources, problems };
}

type Growing = { readonly [K in ResourceKind]: ResourceOf[K][] };

function add<K extends ResourceKind>(sources: Growing, kind: K, resource: StoredResource): readonly RulesetProblem[] {
  const parsed = RESOURCE_SCHEMAS[kind].safeParse(resource.body);
  if (parsed.success) {
    sources[kind].push(withoutAnnotations(kind, parsed.data as ResourceOf[K]));
    return [];
  }
  return schemaProblems(parsed.error).map(({ pointer, detail }) => ({
    kind,
    id: resource.id,
    pointer,
    code: 'badStoredForm',
    detail: `The stored form does not fit its schema (${detail}): put it again.`,
  }));
}
