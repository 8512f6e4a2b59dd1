import { TOOL_FILES } from '../house.ts';
import { fileRule, type Rule } from '../rule.ts';
import type { Finding } from '../source-file.ts';

/** A rule that objects to one kind of finding, in the files that it is about. */
function findingRule(
  id: string,
  todo: string,
  kinds: readonly Finding['kind'][],
  about = (_path: string) => true,
): Rule {
  return fileRule(id, todo, ({ path, findings }) =>
    about(path)
      ? findings.filter(({ kind }) => kinds.includes(kind)).map(({ line, text }) => ({ line, problem: text }))
      : [],
  );
}

export const CODE_RULES: readonly Rule[] = [
  findingRule('no-any', 'use unknown and a parse function, or the real type', ['any']),
  findingRule('no-enum', 'use a union of literals, derived from an `as const` table', ['enum']),
  findingRule('no-ts-ignore', 'fix the type; @ts-expect-error with a reason where a test wants the error', [
    'ts-ignore',
  ]),
  findingRule('no-ownerless-todo', 'do it now, or name who will: TODO(name) what and when', ['todo']),
  findingRule(
    'core-is-pure',
    'core reads no clock and rolls no dice: take the instant or the seed as an argument',
    ['clock', 'dice'],
    (path) => path.startsWith('core/') && !TOOL_FILES.test(path),
  ),
];
