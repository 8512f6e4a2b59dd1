import { connect } from '../admin-api.ts';
import { type DiffAnswer, diff as diffSchema } from '../change-set-answers.schema.ts';
import { EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine } from '../table.ts';

/** `diff --exit-code`: there is a difference. */
const DIFFERENT = 2;

/** What differs between two of: live, drafts, a sequence, a change set. */
export async function diff(
  shell: Shell,
  from: string,
  to: string,
  { exitCode = false }: { readonly exitCode?: boolean },
): Promise<number> {
  const api = await connect(shell);
  const found = await api.ask(diffSchema, { method: 'GET', path: '/diff', query: { from, to } });
  answer(shell, found, () => describeDiff(found));
  return exitCode && found.changes.length > 0 ? DIFFERENT : EXIT.ok;
}

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

export function describeDiff({ changes, consequences }: DiffAnswer): readonly string[] {
  if (changes.length === 0) return ['No difference.'];
  return [
    ...changes.flatMap(({ kind, id, change, fields }) => [
      `${MARKS[change]} ${kind} ${oneLine(id)}`,
      // Of what is new or gone as a whole, the name says enough.
      ...(change === 'changed'
        ? fields.map(({ path, before, after }) => `    ${oneLine(path)}: ${side(before)} → ${side(after)}`)
        : []),
    ]),
    '',
    ...consequences.map(({ sentence }) => oneLine(sentence)),
  ];
}

function side(text: string | null): string {
  return text === null ? '(not there)' : oneLine(text);
}
