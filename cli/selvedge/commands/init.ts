import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, EXIT } from '../cli-error.ts';
import { findLogin } from '../find-login.ts';
import { writeJsonSchemas } from '../project/json-schemas.ts';
import { BASE_FILE, fileOf, PROJECT_FILE } from '../project/layout.ts';
import { plainYaml, yamlText } from '../project/yaml-text.ts';
import { answer, type Shell } from '../shell.ts';

/** A shop that greets who comes back: one of each of the usual kinds, sound as it is. */
const EXAMPLES = [
  [
    'source',
    {
      id: 'web',
      name: 'Web shop',
      allowedOrigins: ['https://shop.example'],
      defaultConsent: { personalization: 'pending' },
    },
  ],
  [
    'segment',
    {
      id: 'returning',
      name: 'Has bought before',
      description: 'Two orders or more within a year',
      purpose: 'personalization',
      public: true,
      rule: 'xEvent[eventType = "order.placed" and timestamp occurs <= 1 years before now].count() >= 2',
    },
  ],
  ['placement', { id: 'home-hero', name: 'Top of the home page', kind: 'html', fallback: '<h1>Welcome</h1>' }],
  [
    'offer',
    {
      id: 'welcome-back',
      name: 'Welcome back',
      placements: ['home-hero'],
      priority: 10,
      eligibility: 'inSegment("returning")',
      content: '<h1>Welcome back</h1>',
    },
  ],
] as const;

/** Lays out a folder with one example of the usual kinds. Files that are there stay as they are. */
export async function init(shell: Shell, { space: asked }: { readonly space?: string }): Promise<number> {
  const { folder } = shell;
  if (existsSync(join(folder, PROJECT_FILE)))
    throw new CliError(`${join(folder, PROJECT_FILE)} is there already.`, EXIT.problems, 'Nothing was changed.');
  const space = asked ?? (await spaceOfLogin(shell)) ?? 'main';
  const written = [await write(folder, PROJECT_FILE, projectText(space))];
  for (const [kind, resource] of EXAMPLES) {
    written.push(await write(folder, fileOf(kind, resource.id), yamlText(kind, resource, null)));
  }
  await layOut(folder, space);
  const files = written.filter((file) => file !== null);
  answer(shell, { folder, space, files }, () => [
    ...files.map((file) => `  ${file}`),
    '',
    'Next: change the files, then "selvedge validate", "selvedge plan", "selvedge push" and "selvedge publish".',
  ]);
  return EXIT.ok;
}

/** What every folder has beside its resources: the space, schemas for editors, and a note to git. */
export async function layOut(folder: string, space: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await write(folder, PROJECT_FILE, projectText(space));
  await writeJsonSchemas(folder);
  const ignore = join(folder, '.gitignore');
  const lines = await readFile(ignore, 'utf8').catch(() => '');
  if (!lines.split('\n').includes(BASE_FILE)) {
    const gap = lines === '' || lines.endsWith('\n') ? '' : '\n';
    await writeFile(ignore, `${lines}${gap}${BASE_FILE}\n`);
  }
}

function projectText(space: string): string {
  return plainYaml({ space }, 'Configuration of Selvedge. One file a resource, in a folder a kind.');
}

/** Its name, or null where there is one already. */
async function write(folder: string, file: string, text: string): Promise<string | null> {
  const path = join(folder, file);
  if (existsSync(path)) return null;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return file;
}

/** Nobody needs to be logged in to begin. */
async function spaceOfLogin(shell: Shell): Promise<string | null> {
  const login = await findLogin(shell).catch(() => null);
  return login?.space ?? null;
}
