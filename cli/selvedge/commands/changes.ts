import { type AdminApi, type ApiProblem, connect, describeProblem } from '../admin-api.ts';
import { published } from '../answers.schema.ts';
import { type ChangeSetAnswer, changeSet, changeSetPage, diff, validatedSet } from '../change-set-answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';
import { describeDiff } from './diff.ts';
import { describePublished } from './publish.ts';

const pathOf = (set: string, below = '') => `/change-sets/${encodeURIComponent(set)}${below}`;

/** Change sets, newest first. */
export async function listChanges(
  shell: Shell,
  { limit, state }: { readonly limit: number; readonly state?: string },
): Promise<number> {
  const api = await connect(shell);
  const page = await api.ask(changeSetPage, { method: 'GET', path: '/change-sets', query: { limit, state } });
  answer(shell, page, () =>
    page.items.length === 0
      ? ['There is no change set: "selvedge push --change-set <title>" makes one of your files.']
      : table(
          ['id', 'state', 'by', 'changed', 'title'],
          page.items.map(({ id, state: now, createdBy, updatedAt, title }) => [id, now, createdBy, updatedAt, title]),
        ),
  );
  return EXIT.ok;
}

/** A change set, what it would change, and whether it could be published. */
export async function showChange(shell: Shell, set: string): Promise<number> {
  const api = await connect(shell);
  const read = await api.ask(changeSet, { method: 'GET', path: pathOf(set) });
  const isOver = read.state === 'published' || read.state === 'withdrawn';
  const checked = isOver
    ? null
    : {
        diff: await api.ask(diff, { method: 'GET', path: pathOf(set, '/diff') }),
        validation: await api.ask(validatedSet, { method: 'POST', path: pathOf(set, '/validate') }),
      };
  answer(shell, { ...read, ...checked }, () => [
    ...describeSet(read),
    ...(checked ? ['', ...describeDiff(checked.diff)] : []),
    ...(checked?.validation.problems ?? []).map(
      ({ kind, id, pointer, detail }) => `  problem: ${kind} ${id}${pointer}: ${oneLine(detail)}`,
    ),
    ...(checked?.validation.stale ?? []).map(({ kind, id }) => `  behind: others have changed ${kind} ${id} since`),
  ]);
  return checked?.validation.valid === false ? EXIT.problems : EXIT.ok;
}

export async function createChange(
  shell: Shell,
  title: string,
  { description }: { readonly description?: string },
): Promise<number> {
  const made = await begin(await connect(shell), title, description);
  answer(shell, made, () => describeSet(made));
  return EXIT.ok;
}

export function begin(api: AdminApi, title: string, description = ''): Promise<ChangeSetAnswer> {
  return api.ask(changeSet, { method: 'POST', path: '/change-sets', body: { title, description } });
}

export type PlainAct = 'submit' | 'reject' | 'unschedule' | 'withdraw';

interface Noted {
  readonly note?: string;
}

/** An act that takes nothing but a note. */
export async function actOnChange(shell: Shell, act: PlainAct, set: string, flags: Noted): Promise<number> {
  return show(shell, await doOn(await connect(shell), set, act, noteOf(flags)));
}

/** Approves what is in the set now, or just what was looked at. */
export async function approveChange(
  shell: Shell,
  set: string,
  { hash, ...flags }: Noted & { readonly hash?: string },
): Promise<number> {
  const api = await connect(shell);
  const read = await api.ask(changeSet, { method: 'GET', path: pathOf(set) });
  if (!shell.json)
    for (const line of describeDiff(await api.ask(diff, { method: 'GET', path: pathOf(set, '/diff') })))
      shell.note(line);
  return show(shell, await doOn(api, set, 'approve', { hash: hash ?? read.hash, ...noteOf(flags) }));
}

export async function scheduleChange(shell: Shell, set: string, at: string, flags: Noted): Promise<number> {
  return show(shell, await doOn(await connect(shell), set, 'schedule', { at, ...noteOf(flags) }));
}

/** Makes a change set live. */
export async function publishChange(
  shell: Shell,
  set: string,
  { percent }: { readonly percent?: number } = {},
): Promise<number> {
  const api = await connect(shell);
  const made = await api.attempt(published, {
    method: 'POST',
    path: pathOf(set, '/publish'),
    ...(percent === undefined ? {} : { body: { percent } }),
  });
  if (!made.ok) throw refused(made.error, 'Nothing was published: what is live stays.');
  answer(shell, made.value, () => describePublished(made.value));
  return EXIT.ok;
}

async function doOn(api: AdminApi, set: string, act: string, body: object): Promise<ChangeSetAnswer> {
  const done = await api.attempt(changeSet, { method: 'POST', path: pathOf(set, `/${act}`), body });
  if (done.ok) return done.value;
  throw refused(done.error, `"selvedge changes show ${oneLine(set)}" tells where it stands.`);
}

function refused(problem: ApiProblem, advice: string): CliError {
  const behind = Array.isArray(problem.items) ? (problem.items as { kind?: unknown; id?: unknown }[]) : [];
  const lines = behind.map(({ kind, id }) => `  others have changed ${oneLine(`${kind} ${id}`)} since`);
  return new CliError([...describeProblem(problem), ...lines].join('\n'), EXIT.problems, advice);
}

function noteOf({ note }: Noted): Noted {
  return note === undefined ? {} : { note };
}

function show(shell: Shell, read: ChangeSetAnswer): number {
  answer(shell, read, () => describeSet(read));
  return EXIT.ok;
}

export function describeSet(set: ChangeSetAnswer): readonly string[] {
  const { id, title, description, state, items, history, approval, schedule, published: live, failure } = set;
  return [
    `${id}  ${state}  ${oneLine(title)}`,
    ...(description === '' ? [] : [oneLine(description)]),
    `by ${set.editors.map(oneLine).join(', ')}, ${items.length} ${items.length === 1 ? 'resource' : 'resources'}`,
    ...(approval ? [`approved by ${oneLine(approval.by)} at ${approval.at}`] : []),
    ...(schedule && state === 'scheduled' ? [`goes live at ${schedule.at}`] : []),
    ...(live ? [`live since ${live.at} as sequence ${live.sequence}`] : []),
    ...(failure ? [`could not be published at ${failure.at}: ${oneLine(failure.detail)}`] : []),
    ...history.map(
      ({ at, actor, act, note }) => `  ${at}  ${act} by ${oneLine(actor)}${note === null ? '' : `: ${oneLine(note)}`}`,
    ),
  ];
}
