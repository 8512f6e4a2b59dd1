import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DECISION_PROBLEMS } from '../core/decision/compile/decision-problem.ts';
import { REASONS, REJECTIONS } from '../core/decision/proposition.ts';
import { REFUSALS } from '../core/event/refusal.ts';
import { EVENT_TYPES } from '../core/event/registry.ts';
import { EXPERIMENT_PROBLEMS } from '../core/experiment/problem.ts';
import { DEFAULT_IDENTITY } from '../core/identity/identity-config.ts';
import { IGNORED } from '../core/identity/ignored-identity.ts';
import { LIMITS } from '../core/lib/limits.ts';
import { PURPOSES } from '../core/policy/purposes.ts';
import { RULESET_PROBLEMS } from '../core/ruleset/problem.ts';
import { PROBLEM_BASE, PROBLEMS } from '../worker/http/problem.ts';
import { PROOF_PROBLEMS } from '../worker/http/proof.ts';
import { apiTypes } from './docs-api.ts';
import { namespacesPage } from './docs-namespaces.ts';
import { rolesPage } from './docs-roles.ts';
import { apiPage, functionsPage, kindsPage } from './docs-tables.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = 'docs/reference';
const API_TYPES = 'client-edge/api.d.ts';
const MADE = '<!-- Made by `npm run docs` from the code. Do not edit: change the table in the code. -->';

/** The pages of `docs/reference` that are tables of the code, by file name. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'limits.md': page('Limits', 'Every limit of the product. They live in `core/lib/limits.ts` and nowhere else.', [
      ['limit', 'value', 'unit', 'why'],
      ...Object.entries(LIMITS).map(([name, { value, unit, reason }]) => [
        `\`${name}\``,
        value.toLocaleString('en-US'),
        unit,
        reason,
      ]),
    ]),
    'events.md': page(
      'Event types',
      `Own types begin with \`custom.\`. Members of \`data\` that a schema does not name are kept, within the [limits](limits.md). Purposes: ${PURPOSES.join(', ')}. Namespaces by default: ${DEFAULT_IDENTITY.namespaces.map(({ code }) => code).join(', ')}; more in [namespaces](namespaces.md).`,
      [
        ['type', 'sent with', 'what it says', 'labels', 'example of `data`'],
        ...Object.values(EVENT_TYPES).map(({ type, sentBy, description, labels, example }) => [
          `\`${type}\``,
          sentBy.join(', '),
          description,
          Object.entries(labels)
            .map(([path, set]) => `${path}: ${set.join(', ')}`)
            .join('; '),
          `\`${JSON.stringify(example)}\``,
        ]),
      ],
    ),
    'namespaces.md': `${MADE}\n${namespacesPage(table)}`,
    'roles.md': `${MADE}\n${rolesPage(table)}`,
    'api.md': `${MADE}\n${apiPage(table)}`,
    'kinds.md': `${MADE}\n${kindsPage(table)}`,
    'functions.md': `${MADE}\n${functionsPage(table)}`,
    'answers.md': [
      page('Answers', 'Closed lists: clients may switch on every code below.', []),
      section('Why one event was refused', 'In `refused[].code`, with status 200: the other events went on.', REFUSALS),
      section(
        'Why an id of an event was left out',
        'In `ignored[].reason`, with the `index` of the event and the `namespace`, never the value. The event and its other ids went on; `ignored` is absent when nothing was left out.',
        IGNORED,
      ),
      section('Why a placement got what it got', 'In `propositions[].reason`.', REASONS),
      section(
        'Why a proof is refused',
        'In `errors[].code` of `invalidProof`. Nothing of the request is stored.',
        PROOF_PROBLEMS,
      ),
      section(
        'Why a draft cannot be published',
        'In `errors[].code` of `draftInvalid`, beside the codes of the rule language, which come with `line` and `column`.',
        { ...RULESET_PROBLEMS, ...DECISION_PROBLEMS, ...EXPERIMENT_PROBLEMS },
      ),
      section('Why an offer was passed over', 'In `trace[].rejection` of `/v1/decide`.', REJECTIONS),
      `## Problems\n\nRFC 9457 documents; \`type\` is \`${PROBLEM_BASE}<kind>\`, \`instance\` the request id. A 5xx says no more than that.\n\n${table([['kind', 'status', 'title'], ...Object.entries(PROBLEMS).map(([kind, { status, title }]) => [`\`${kind}\``, String(status), title])])}\n`,
    ].join('\n'),
  };
}

function page(title: string, text: string, rows: readonly (readonly string[])[]): string {
  return `${MADE}\n# ${title}\n\n${text}\n${rows.length > 0 ? `\n${table(rows)}\n` : ''}`;
}

function section(title: string, text: string, codes: Readonly<Record<string, string>>): string {
  return `## ${title}\n\n${text}\n\n${table([['code', 'means'], ...Object.entries(codes).map(([code, means]) => [`\`${code}\``, means])])}\n`;
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  const rule = `|${' --- |'.repeat(rows[0]?.length ?? 0)}`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** Everything that is made from the code, by path. */
async function madeFiles(): Promise<Readonly<Record<string, string>>> {
  const pages = Object.entries(referencePages()).map(([name, text]) => [join(FOLDER, name), text]);
  return { ...Object.fromEntries(pages), [API_TYPES]: await apiTypes() };
}

/** Files that differ from what the code says. */
export async function stalePages(): Promise<readonly string[]> {
  const files = await Promise.all(
    Object.entries(await madeFiles()).map(async ([path, text]) =>
      (await readFile(join(ROOT, path), 'utf8').catch(() => '')) === text ? null : path,
    ),
  );
  return files.filter((path) => path !== null);
}

if (import.meta.main) {
  const files = await madeFiles();
  await mkdir(join(ROOT, FOLDER), { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(ROOT, path), text);
  console.log(Object.keys(files).join(', '));
}
