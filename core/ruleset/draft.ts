import type { Space } from '../lib/ids.ts';
import { err, type Result } from '../lib/result.ts';
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

/** Stored resources → parts. What is stored is checked again: the code, or a hand in the database, may have changed since it was put. */
export function compileDraft(
  space: Space,
  stored: readonly StoredResource[],
): Result<CompiledParts, readonly RulesetProblem[]> {
  const sources: { [K in ResourceKind]: ResourceOf[K][] } = {
    source: [],
    attribute: [],
    segment: [],
    placement: [],
    offer: [],
  };
  const problems: RulesetProblem[] = [];
  for (const resource of stored) {
    const kind = RESOURCE_KINDS.find((known) => known === resource.kind);
    if (kind) problems.push(...add(sources, kind, resource));
  }
  const compiled = compileRuleset(space, sources satisfies RulesetSources);
  if (problems.length === 0) return compiled;
  return err(compiled.ok ? problems : [...problems, ...compiled.error]);
}

function add<K extends ResourceKind>(
  sources: { [P in K]: ResourceOf[P][] },
  kind: K,
  resource: StoredResource,
): readonly RulesetProblem[] {
  const parsed = RESOURCE_SCHEMAS[kind].safeParse(resource.body);
  if (parsed.success) {
    sources[kind].push(parsed.data as ResourceOf[K]);
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
