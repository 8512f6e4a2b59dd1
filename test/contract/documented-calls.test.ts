import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDemo, type TestDemo } from '../support/demo.ts';

const ROOT = join(import.meta.dirname, '../..');
const MARK = '--- documented call ---';
let demo: TestDemo;
let folder: string;
beforeAll(async () => {
  demo = await startTestDemo();
  folder = await mkdtemp(join(tmpdir(), 'selvedge-docs-'));
  await mkdir(join(folder, '.selvedge'));
  await writeFile(join(folder, '.selvedge/demo.json'), JSON.stringify(demo.demo));
}, 120_000);
afterAll(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Block {
  readonly language: string;
  readonly text: string;
}
/** The fenced blocks of a page, or of one section of it. */
async function blocksOf(path: string, from = '', to = '\0'): Promise<readonly Block[]> {
  const page = await readFile(join(ROOT, path), 'utf8');
  const start = page.indexOf(from);
  const end = page.indexOf(to, start + 1);
  const section = page.slice(start, end < 0 ? undefined : end);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** Runs shell blocks in one shell, as a reader would; what each printed. */
async function run(blocks: readonly string[]): Promise<readonly string[]> {
  const { host } = new URL(demo.platform.url);
  const script = blocks.map((text) => text.replaceAll('127.0.0.1:8787', host)).join(`\necho; echo '${MARK}'\n`);
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...process.env, PATH },
  });
  return stdout.split(MARK);
}

/** Several values one after the other, as two calls print them. */
function valuesOf(text: string): readonly unknown[] {
  const values: unknown[] = [];
  let rest = text.trim();
  for (let end = rest.indexOf('}'); end >= 0; end = rest.indexOf('}', end + 1)) {
    try {
      values.push(JSON.parse(rest.slice(0, end + 1)));
    } catch {
      continue;
    }
    rest = rest.slice(end + 1).trim();
    end = -1;
  }
  if (rest) throw new Error(`not JSON: ${rest.slice(0, 300)}`);
  return values;
}

/** Documented `"…"` is anything, also after a prefix; as a member or the last item, whatever else there is. */
function expectDocumented(actual: unknown, documented: unknown, at = ''): void {
  if (typeof documented === 'string' && documented.endsWith('…')) {
    if (documented !== '…') expect(actual, at).toMatch(new RegExp(`^${documented.slice(0, -1)}`));
  } else if (Array.isArray(documented)) {
    const isOpen = documented.at(-1) === '…';
    const items = isOpen ? documented.slice(0, -1) : documented;
    if (!isOpen) expect(actual, at).toHaveLength(items.length);
    for (const [index, item] of items.entries()) expectDocumented((actual as unknown[])[index], item, `${at}/${index}`);
  } else if (typeof documented === 'object' && documented !== null) {
    const { '…': open, ...members } = documented as Record<string, unknown>;
    const held = actual as Record<string, unknown>;
    if (open === undefined) expect(Object.keys(held).sort(), at).toEqual(Object.keys(members).sort());
    for (const [name, value] of Object.entries(members)) expectDocumented(held[name], value, `${at}/${name}`);
  } else {
    expect(actual, at).toEqual(documented);
  }
}

it('docs/reference/people.md: every call answers what the page says', async () => {
  const blocks = await blocksOf('docs/reference/people.md', '## Looking somebody up');
  const calls = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  const answers = blocks.filter(({ language }) => language === 'json').map(({ text }) => text);
  expect(calls.length).toBeGreaterThan(8);
  expect(answers).toHaveLength(calls.length);
  const printed = await run(calls);
  for (const [index, text] of printed.entries()) {
    const documented = valuesOf(answers[index] ?? '');
    const actual = valuesOf(text);
    expect(actual, calls[index]).toHaveLength(documented.length);
    for (const [place, value] of documented.entries()) expectDocumented(actual[place], value, calls[index]);
  }
});

it('docs/reference/proof.md: what Node signs there signs in, once, on its device', async () => {
  const [recipe] = (await blocksOf('docs/reference/proof.md', '## Signing one with Node')).filter(
    ({ language }) => language === 'js',
  );
  const file = join(ROOT, 'dist', `proof-recipe-${process.pid}.mjs`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, recipe?.text ?? '');
  type Recipe = { signProof(customer: string, key: object, device?: string): Promise<string> };
  const { signProof } = (await import(file)) as Recipe;
  await rm(file);
  const { proofSecret, proofKid, writeKey, serverKey } = demo.demo;
  const key = { source: 'web-shop', kid: proofKid, secret: proofSecret };
  const ask = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(`${demo.platform.url}/v1/${path}`, {
      method: 'POST',
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0', ...headers },
      body: JSON.stringify(body),
    });
    const cookie = /^__Host-sv=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1];
    return { cookie, body: (await response.json()) as never as Said };
  };
  interface Said {
    readonly visitor?: { readonly state: string };
    readonly errors?: readonly { readonly code: string }[];
    readonly profile?: { readonly identities: readonly { readonly namespace: string; readonly value: string }[] };
  }
  const page = (cookie: string, body: object) =>
    ask(`interact?key=${writeKey}`, body, { origin: demo.shopUrl, cookie: `__Host-sv=${cookie}` });
  const seen = async () => {
    const id = crypto.randomUUID();
    const event = { id, type: 'product.viewed', occurredAt: new Date().toISOString(), data: { productId: 'sw-1' } };
    return (await page('', { events: [event] })).cookie ?? '';
  };
  const [here, elsewhere] = [await seen(), await seen()];
  const known = await ask('decide', { visitor: here, include: ['profile'] }, { authorization: `Bearer ${serverKey}` });
  const device = known.body.profile?.identities.find(({ namespace }) => namespace === 'device')?.value;
  const proof = await signProof('cus-recipe', key, device);
  expect((await page(elsewhere, { proof })).body.errors?.[0]?.code).toBe('otherDevice');
  expect((await page(here, { proof })).body.visitor?.state).toBe('authenticated');
  const loose = await signProof('cus-recipe', key);
  expect((await page(here, { proof: loose })).body.visitor?.state).toBe('authenticated');
  expect((await page(elsewhere, { proof: loose })).body.errors?.[0]?.code).toBe('used');
});

it('README.md: the example about people answers what it says', async () => {
  const blocks = await blocksOf('README.md', '## People', '\n## ');
  const printed = await run(blocks.filter(({ language }) => language === 'sh').map(({ text }) => text));
  const documented = valuesOf(blocks.find(({ language }) => language === 'json')?.text ?? '');
  const actual = valuesOf(printed.join('\n'));
  expect(actual).toHaveLength(documented.length);
  for (const [place, value] of documented.entries()) expectDocumented(actual[place], value, 'README');
});
