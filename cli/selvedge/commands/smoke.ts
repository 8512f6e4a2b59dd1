import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type AdminApi, connect } from '../admin-api.ts';
import { sequencePage } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';

const PERSON = 'selvedge-smoke';
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 selvedge-smoke';

const source = z.looseObject({
  resource: z.looseObject({
    writeKeys: z.array(z.string()).default([]),
    allowedOrigins: z.array(z.string()).default([]),
    identityMode: z.string().optional(),
  }),
});
const interacted = z.looseObject({
  sequence: z.int(),
  accepted: z.int(),
  duplicates: z.array(z.string()),
  refused: z.array(z.looseObject({ code: z.string(), detail: z.string() })),
});

interface Step {
  readonly step: string;
  readonly ms: number;
  readonly found: string;
}

/**
 * Sends one page view through the public door of a deployment, twice, as a browser of the source would, and checks every answer: keys, origin, storage, idempotency and what is
 * live. Leaves one anonymous visitor behind, who expires.
 */
export async function smoke(shell: Shell, { source: id }: { readonly source: string }): Promise<number> {
  const api = await connect(shell);
  const steps: Step[] = [];
  const step = async (name: string, work: () => Promise<string>): Promise<void> => {
    const from = performance.now();
    try {
      const found = await work();
      steps.push({ step: name, ms: Math.round(performance.now() - from), found });
    } catch (error) {
      const told = steps.map(({ step: done }) => done).join(', ') || 'nothing';
      const why = error instanceof Error ? error.message : String(error);
      throw new CliError(`${name}: ${why}`, EXIT.problems, `Went well before: ${told}. selvedge doctor looks further.`);
    }
  };
  const site = await siteOf(api, id);
  let live = 0;
  await step('ruleset', async () => {
    const { items } = await api.ask(sequencePage, { method: 'GET', path: '/sequences', query: { limit: 1 } });
    live = items[0]?.sequence ?? 0;
    if (live === 0) throw new Error('nothing is published');
    return `sequence ${live} is live`;
  });
  await step('sdk.js', async () => {
    const response = await fetch(`${api.login.url}/sdk.js?key=${encodeURIComponent(site.key)}`);
    const bytes = (await response.text()).length;
    if (!response.ok) throw new Error(`answers ${response.status}`);
    return `${bytes} bytes`;
  });
  const view = {
    id: `smoke-${randomUUID()}`,
    type: 'page.viewed',
    occurredAt: new Date().toISOString(),
    data: { url: `${site.origin}/${PERSON}`, title: PERSON },
  };
  let held: Visitor = {};
  await step('event', async () => {
    const { body, visitor } = await interact(api, site, view, held);
    held = visitor;
    if (body.accepted !== 1) throw new Error(`was not taken: ${body.refused[0]?.detail ?? 'no reason'}`);
    if (body.sequence < live) return `stored; this edge still has sequence ${body.sequence}: wait a minute`;
    return `stored under sequence ${body.sequence}`;
  });
  await step('again', async () => {
    const { body } = await interact(api, site, view, held);
    if (body.accepted !== 0 || body.duplicates[0] !== view.id) throw new Error('the same event was counted twice');
    return 'known already: not counted twice';
  });
  answer(shell, { url: api.login.url, source: id, steps }, () => [
    ...steps.map(({ step: name, ms, found }) => `  ok  ${name.padEnd(8)}  ${String(ms).padStart(5)} ms  ${found}`),
    '',
    `${api.login.url} works.`,
  ]);
  return EXIT.ok;
}

interface Site {
  readonly key: string;
  readonly origin: string;
}

interface Visitor {
  readonly cookie?: string;
  readonly token?: string;
}

async function siteOf(api: AdminApi, id: string): Promise<Site> {
  const { resource } = await api.ask(source, { method: 'GET', path: `/sources/${encodeURIComponent(id)}` });
  const [key] = resource.writeKeys;
  const [origin] = resource.allowedOrigins;
  if (key === undefined || origin === undefined)
    throw new CliError(
      `Source ${id} has no write key or no allowed origin.`,
      EXIT.problems,
      'Take a source of a website.',
    );
  return { key, origin };
}

async function interact(api: AdminApi, { key, origin }: Site, view: object, { cookie, token }: Visitor) {
  const response = await fetch(`${api.login.url}/v1/interact?key=${encodeURIComponent(key)}`, {
    method: 'POST',
    headers: { origin, 'user-agent': BROWSER, ...(cookie === undefined ? {} : { cookie }) },
    body: JSON.stringify({
      events: [view],
      consent: { analytics: 'in', personalization: 'in' },
      ...(token === undefined ? {} : { visitor: token }),
    }),
  });
  const text = await response.text();
  const body = interacted.safeParse(response.ok ? JSON.parse(text) : null);
  if (!body.success) throw new Error(`answers ${response.status}: ${text.slice(0, 200)}`);
  const said = JSON.parse(text) as { readonly visitor?: { readonly token?: string } };
  const [set] = response.headers.getSetCookie();
  const visitor: Visitor = {
    ...(set === undefined ? {} : { cookie: set.split(';')[0] ?? '' }),
    ...(said.visitor?.token === undefined ? {} : { token: said.visitor.token }),
  };
  return { body: body.data, visitor };
}
