import type { z } from 'zod';
import { findCapProblem } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { schemaProblems } from '../../core/ruleset/schema.ts';
import { readJsonBody } from '../http/body.ts';
import type { ProblemExtras, ProblemKind } from '../http/problem.ts';
import type { Operation } from './route.ts';

export interface RequestProblem {
  readonly problem: ProblemKind;
  readonly extras?: ProblemExtras;
}

/** Deep enough for a rule inside an offer (four levels of JSON a level, see expression.schema.ts), shallow enough for any stack. */
export const BODY_CAPS = {
  maxDepth: 4 * limit('ruleDepth') + 12,
  maxString: limit('adminBodyBytes'),
  maxItems: 10_000,
};

/** The body of a request, checked by the schema of its operation. `id` of the path stands in for a missing `id` of the body. */
export async function readBody(
  request: Request,
  operation: Operation,
  id: string | undefined,
): Promise<Result<unknown, RequestProblem>> {
  if (!operation.body) return ok(undefined);
  let json: unknown = {};
  if (hasBody(request) || !operation.bodyOptional) {
    const read = await readJson(request, limit(operation.largeBody ?? 'adminBodyBytes'));
    if (!read.ok) return read;
    json = read.value;
  }
  const found = operation.largeBody ? null : findCapProblem(json, BODY_CAPS);
  if (found) {
    const { pointer, problem: code } = found;
    return err({
      problem: 'invalid',
      extras: { errors: [{ pointer, code, detail: 'the JSON is over a cap, or names a forbidden member' }] },
    });
  }
  return parse(operation.body, id === undefined ? json : withId(json, id), 'invalid');
}

/** The query of a request. A member given twice counts once, as its first. */
export function readQuery(request: Request, operation: Operation): Result<unknown, RequestProblem> {
  if (!operation.query) return ok(undefined);
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (!Object.hasOwn(query, name) && name !== '__proto__') query[name] = value;
  }
  return parse(operation.query, query, 'badRequest');
}

function parse(schema: z.ZodType, value: unknown, problem: ProblemKind): Result<unknown, RequestProblem> {
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(parsed.data) : err({ problem, extras: { errors: schemaProblems(parsed.error) } });
}

async function readJson(request: Request, most: number): Promise<Result<unknown, RequestProblem>> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json') {
    return err({ problem: 'unsupportedMediaType', extras: { detail: 'Send the body as application/json.' } });
  }
  const read = await readJsonBody(request, Math.max(most, limit('requestBytes')));
  if (!read.ok) return err({ problem: read.error.kind, extras: read.error.extras });
  if (read.value.bytes > most)
    return err({ problem: 'tooLarge', extras: { detail: `The body may have ${most} bytes.` } });
  return ok(read.value.json);
}

function hasBody(request: Request): boolean {
  return request.body !== null && request.headers.get('content-length') !== '0';
}

function withId(json: unknown, id: string): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || Object.hasOwn(json, 'id')) return json;
  return { id, ...json };
}
