import { styleText } from 'node:util';
import { z } from 'zod';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { type AdminApi, type ApiProblem, connect, describeProblem } from '../admin-api.ts';
import { shownResource } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { yamlText } from '../project/yaml-text.ts';
import { inUse, type Summary, summaryPage, usesAnswer, versionDiff, versionPage } from '../resource-answers.schema.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';

interface ListFlags {
  readonly q?: string;
  readonly tag?: string;
  readonly in?: string;
  readonly owner?: string;
  readonly sort?: string;
  readonly archived?: boolean;
  readonly limit: number;
}

const PAGE = 200;

/** Resources of one kind, or of all, by what lists can be asked. */
export async function listResources(shell: Shell, named: string | undefined, flags: ListFlags): Promise<number> {
  const kind = named === undefined ? undefined : kindOf(named);
  const api = await connect(shell);
  const { limit, archived, in: folder, ...rest } = flags;
  const items: Summary[] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const query = {
      ...rest,
      folder,
      kind,
      cursor,
      limit: Math.min(PAGE, limit - items.length),
      ...(archived && { archived: 'true' }),
    };
    const page = await api.ask(summaryPage, { method: 'GET', path: '/resources', query });
    items.push(...page.items);
    cursor = page.next ?? undefined;
    more = cursor !== undefined && items.length < limit;
  }
  answer(shell, { items }, () =>
    items.length === 0
      ? ['Nothing fits.']
      : table(
          ['kind', 'id', 'name', 'folder', 'tags', 'owner', 'version', 'changed', 'by'],
          items.map((each) => [
            each.kind,
            each.id,
            `${each.name}${each.archived ? ' (archived)' : ''}`,
            each.folder ?? '',
            each.tags.join(', '),
            each.owner ?? '',
            each.version,
            each.updatedAt,
            each.updatedBy,
          ]),
        ),
  );
  return EXIT.ok;
}

/** One resource as its file would say it, now or in an old version. */
export async function showResource(
  shell: Shell,
  [named, id]: readonly [string, string],
  { version }: { readonly version?: number },
): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const below = version === undefined ? '' : `/versions/${version}`;
  const path = pathOf(kind, id) + below;
  const found = await ask(api, shownResource, { method: 'GET', path }, kind, id);
  answer(shell, found, () => [
    `# version ${found.version}, ${found.updatedAt} by ${oneLine(found.updatedBy)}${found.archived ? ', archived' : ''}`,
    ...yamlText(kind, found.resource, null).trimEnd().split('\n').slice(2),
  ]);
  return EXIT.ok;
}

/** The versions of one resource, newest first; `changes`: what each of them changed. */
export async function logResource(
  shell: Shell,
  [named, id]: readonly [string, string],
  { limit, changes = false }: { readonly limit: number; readonly changes?: boolean },
): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const path = `${pathOf(kind, id)}/versions`;
  const { items, next } = await ask(api, versionPage, { method: 'GET', path, query: { limit } }, kind, id);
  const diffs: z.output<typeof versionDiff>[] = [];
  for (const { version } of changes ? items : []) {
    diffs.push(await api.ask(versionDiff, { method: 'GET', path: `${path}/${version}/diff` }));
  }
  const shown = items.map((item, i) => (diffs[i] ? { ...item, changes: diffs[i].changes } : item));
  answer(shell, { items: shown, next }, () =>
    changes
      ? items.flatMap(({ version, at, actor, archived }, i) => [
          styleText('bold', `version ${version}  ${at}  ${oneLine(actor)}${archived ? '  (archived)' : ''}`),
          ...(diffs[i]?.from === null ? ['    (the first)'] : (diffs[i]?.changes ?? []).flatMap(describeField)),
        ])
      : table(
          ['version', 'at', 'by', 'bytes', ''],
          items.map(({ version, at, actor, size, archived }) => [version, at, actor, size, archived ? 'archived' : '']),
        ),
  );
  return EXIT.ok;
}

function describeField(field: {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}): readonly string[] {
  const side = (sign: string, text: string | null, colour: 'red' | 'green') =>
    text === null ? [] : [styleText(colour, `      ${sign} ${oneLine(text)}`)];
  return [`    ${field.path}`, ...side('-', field.before, 'red'), ...side('+', field.after, 'green')];
}

/** Who uses one resource, and what it uses. */
export async function showUses(shell: Shell, [named, id]: readonly [string, string]): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const found = await ask(api, usesAnswer, { method: 'GET', path: `${pathOf(kind, id)}/uses` }, kind, id);
  const rows = [
    ...found.usedBy.map((each) => ['used by', each.kind, each.id, each.name, each.pointers.join(' ')]),
    ...found.uses.map((each) => [
      'uses',
      each.kind,
      each.id,
      each.state === 'draft' ? (each.name ?? '') : `(${each.state})`,
      each.pointers.join(' '),
    ]),
  ];
  answer(shell, found, () =>
    rows.length === 0 ? ['It uses nothing, and nothing uses it.'] : table(['', 'kind', 'id', 'name', 'where'], rows),
  );
  return EXIT.ok;
}

/** Archives one resource; who still uses it is named. */
export async function archiveResource(shell: Shell, [named, id]: readonly [string, string]): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const done = await api.attempt(z.null(), { method: 'DELETE', path: pathOf(kind, id) });
  if (!done.ok) {
    const used = inUse.safeParse(done.error);
    if (used.success) {
      answer(shell, { archived: false, ...used.data }, () => [
        `${kind} ${id} stays: others use it.`,
        ...used.data.usedBy.map((each) => `  ${each.kind} ${each.id}  ${each.pointers.join(' ')}`),
        'Change or archive them first.',
      ]);
      return EXIT.problems;
    }
    throw missing(done.error, kind, id);
  }
  answer(shell, { archived: true, kind, id }, () => [
    `${kind} ${id} is archived; gone after the next publish. "selvedge restore" brings it back.`,
  ]);
  return EXIT.ok;
}

/** Takes one out of the archive, or makes an old version the newest. */
export async function restoreResource(
  shell: Shell,
  [named, id]: readonly [string, string],
  { version }: { readonly version?: number },
): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const body = version === undefined ? {} : { version };
  const now = await ask(api, shownResource, { method: 'POST', path: `${pathOf(kind, id)}/restore`, body }, kind, id);
  answer(shell, now, () => [
    `${kind} ${id} is version ${now.version}${version === undefined ? '' : `, as version ${version} was`}; live after the next publish.`,
  ]);
  return EXIT.ok;
}

/** Begins a new resource with what another one says. */
export async function copyResource(
  shell: Shell,
  [named, id, copy]: readonly [string, string, string],
  { name }: { readonly name?: string },
): Promise<number> {
  const kind = kindOf(named);
  const api = await connect(shell);
  const body = { id: copy, ...(name !== undefined && { name }) };
  const made = await ask(api, shownResource, { method: 'POST', path: `${pathOf(kind, id)}/copy`, body }, kind, id);
  answer(shell, made, () => [`${kind} ${made.id} says what ${id} says; live after the next publish.`]);
  return EXIT.ok;
}

/** `segment`, `segments` or, of two words, `tracking-plan`. */
function kindOf(named: string): ResourceKind {
  const wanted = named.toLowerCase();
  const kind = RESOURCE_KINDS.find(
    (each) => each.toLowerCase() === wanted || KINDS[each].plural === wanted || KINDS[each].plural === `${wanted}s`,
  );
  if (kind) return kind;
  throw new CliError(`There is no kind "${oneLine(named)}".`, EXIT.usage, `Kinds: ${RESOURCE_KINDS.join(', ')}.`);
}

function pathOf(kind: ResourceKind, id: string): string {
  return `/${KINDS[kind].plural}/${encodeURIComponent(id)}`;
}

async function ask<T>(
  api: AdminApi,
  schema: z.ZodType<T>,
  request: Parameters<AdminApi['ask']>[1],
  kind: ResourceKind,
  id: string,
): Promise<T> {
  const answered = await api.attempt(schema, request);
  if (answered.ok) return answered.value;
  throw missing(answered.error, kind, id);
}

function missing(problem: ApiProblem, kind: ResourceKind, id: string): CliError {
  return problem.status === 404
    ? new CliError(
        `There is no ${kind} "${oneLine(id)}", or not that version of it.`,
        EXIT.problems,
        `"selvedge list ${kind}" and "selvedge log ${kind} <id>" tell what there is.`,
      )
    : new CliError(describeProblem(problem).join('\n'), EXIT.problems);
}
