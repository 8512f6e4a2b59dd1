import { styleText } from 'node:util';
import type { FieldDiff } from '../../../core/ruleset/diff/field-diff.ts';
import { oneLine } from '../table.ts';
import type { Change, Conflict, Plan } from './make-plan.ts';
import type { FileProblem } from './project.ts';

const SIGNS = { create: '+', update: '~', restore: '+', archive: '-' } as const;
const COLOURS = { create: 'green', update: 'yellow', restore: 'green', archive: 'red' } as const;
const TO_DO = { create: 'to create', update: 'to change', restore: 'to restore', archive: 'to archive' } as const;
const DONE = { create: 'created', update: 'changed', restore: 'restored', archive: 'archived' } as const;

/** A plan for people. */
export function describePlan(plan: Plan, unpublished: readonly string[]): readonly string[] {
  const { changes, conflicts, behind, unmanaged, problems, notes } = plan;
  const lines = [
    ...changes.flatMap(describeChange),
    ...conflicts.flatMap(describeConflict),
    ...list(
      'Changed on the server since the last pull, untouched here, left alone ("selvedge pull" brings them):',
      behind,
    ),
    ...list(
      'On the server and in no file, left alone ("selvedge pull" brings them, --prune archives them):',
      unmanaged,
    ),
    ...list('On the server and not published yet:', unpublished),
    ...list('Note:', notes),
    ...(problems.length === 0 ? [] : ['', ...describeProblems(problems)]),
    '',
    summary(plan),
  ];
  return lines[0] === '' ? lines.slice(1) : lines;
}

/** As compilers say it, so that editors and CI make links of it. */
export function describeProblems(problems: readonly FileProblem[]): readonly string[] {
  return [...problems]
    .sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1))
    .map(
      ({ file, line, column, code, detail }) =>
        `${file}:${line}:${column} ${styleText('red', code)} ${oneLine(detail)}`,
    );
}

/** How much there is of each; `done`: it has happened. */
export function summary(
  { changes, conflicts, problems }: Pick<Plan, 'changes' | 'conflicts' | 'problems'>,
  done = false,
): string {
  const words = done ? DONE : TO_DO;
  const counts = (['create', 'update', 'restore', 'archive'] as const)
    .map((action) => [changes.filter((change) => change.action === action).length, words[action]] as const)
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`);
  const wrong = [
    ...(conflicts.length > 0 ? [`${conflicts.length} in conflict`] : []),
    ...(problems.length > 0 ? [`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`] : []),
  ];
  return `${counts.length === 0 ? 'No changes' : counts.join(', ')}${wrong.length > 0 ? `; ${wrong.join(', ')}` : ''}.`;
}

function describeChange({ kind, id, action, name, fields }: Change): readonly string[] {
  const title = `${SIGNS[action]} ${kind} ${id}${name === '' ? '' : `  ${oneLine(name)}`}`;
  const verb = action === 'restore' || action === 'archive' ? `  (${action}d)` : '';
  return [`${styleText(COLOURS[action], title)}${verb}`, ...fields.flatMap((field) => describeField(field, '-', '+'))];
}

export function describeConflict({ kind, id, updatedBy, updatedAt, fields }: Conflict): readonly string[] {
  return [
    styleText('red', `! ${kind} ${id}  changed here, and on the server by ${oneLine(updatedBy)} at ${updatedAt}`),
    ...fields.flatMap((field) => describeField(field, 'server', 'here')),
  ];
}

function describeField({ path, before, after }: FieldDiff, was: string, is: string): readonly string[] {
  const width = Math.max(was.length, is.length);
  const side = (sign: string, text: string | null, colour: 'red' | 'green') =>
    text === null ? [] : [styleText(colour, `      ${sign.padEnd(width)} ${oneLine(text)}`)];
  return [`    ${path}`, ...side(was, before, 'red'), ...side(is, after, 'green')];
}

function list(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', styleText('dim', title), ...items.map((item) => `  ${item}`)];
}
