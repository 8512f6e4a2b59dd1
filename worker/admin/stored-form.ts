import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ResourceKind, Source } from '../../core/ruleset/resources.ts';
import type { SourceInput } from '../../core/ruleset/schema.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { ProblemItem } from '../http/problem.ts';
import type { Call, Operation } from './route.ts';
import { withStoredRule } from './rule-member.ts';
import { shownSource, storedSource } from './source-form.ts';

/**
 * What an operator sent, as it is stored: JSON with rules parsed and secrets sealed or hashed. `present`: what the resource is now, so that what a source keeps
 * to itself is kept.
 */
export async function storedForm(
  call: Pick<Call<Operation>, 'space' | 'services'>,
  kind: ResourceKind,
  body: unknown,
  present: Pick<StoredVersion, 'body'> | null,
): Promise<Result<string, readonly ProblemItem[]>> {
  const before = kind === 'source' && present ? (JSON.parse(present.body) as Source) : null;
  const stored =
    kind === 'source'
      ? await storedSource(body as SourceInput, before, call.space, call.services)
      : await withStoredRule(kind, body as object);
  return stored.ok ? ok(JSON.stringify(stored.value)) : err(stored.error);
}

/** A stored body as operators see it: without secrets. */
export function showBody(kind: ResourceKind, body: string): unknown {
  const stored = JSON.parse(body) as unknown;
  return kind === 'source' ? shownSource(stored as Source) : stored;
}
