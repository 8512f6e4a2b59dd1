import type { ProblemItem } from './problem.ts';

/** zod's issues as items of a problem document: at most twenty, each with its JSON pointer. */
export function schemaErrors(
  issues: readonly {
    readonly path: readonly PropertyKey[];
    readonly code?: string | undefined;
    readonly message: string;
  }[],
): readonly ProblemItem[] {
  return issues.slice(0, 20).map((issue) => ({
    pointer: issue.path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    code: issue.code ?? 'invalid',
    detail: issue.message,
  }));
}
