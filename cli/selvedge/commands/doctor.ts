import { styleText } from 'node:util';
import { z } from 'zod';
import { type AdminApi, createAdminApi } from '../admin-api.ts';
import { myself, resourcePage, sequencePage, validated, verifiedAudit } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { findLogin, type Login } from '../find-login.ts';
import { readRemote, readUnpublished } from '../project/remote.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine } from '../table.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null;
}

/** The version of the API that this command line was written for. */
const API_VERSION = '0.1.0';
/** Proofs of identity and visitor tokens are good for minutes; events more than five minutes ahead are refused. */
const SKEW_WARNING_MS = 5_000;
const SKEW_WRONG_MS = 60_000;
const openapi = z.looseObject({ info: z.looseObject({ title: z.string(), version: z.string() }) });

/** Looks at a deployment from outside and says what is wrong and what to do. */
export async function doctor(shell: Shell): Promise<number> {
  const login = await findLogin(shell);
  const findings: Finding[] = [];
  const see = (check: string, state: Finding['state'], found: string, advice: string | null = null) =>
    void findings.push({ check, state, found: oneLine(found), advice });
  if (await checkReach(login, see)) {
    await checkVersion(login, see);
    await checkOperator(login, see);
  }
  answer(shell, { url: login.url, space: login.space, findings }, () => [
    `${login.url}, space ${login.space}`,
    ...findings.flatMap(describe),
    '',
    verdict(findings),
  ]);
  if (findings.some(({ check, state }) => state === 'wrong' && ['reachable', 'token'].includes(check)))
    return EXIT.server;
  return findings.some(({ state }) => state === 'wrong') ? EXIT.problems : EXIT.ok;
}

type See = (check: string, state: Finding['state'], found: string, advice?: string | null) => void;

async function checkReach({ url }: Login, see: See): Promise<boolean> {
  const started = Date.now();
  const response = await get(`${url}/healthz`);
  if (typeof response === 'string') {
    see('reachable', 'wrong', `no answer: ${response}`, 'Check the address and DNS; locally, run "npm start".');
    return false;
  }
  see('reachable', 'ok', `answers in ${Date.now() - started} ms`);
  const body = (await response.json().catch(() => null)) as { readonly status?: unknown } | null;
  if (response.status === 200 && body?.status === 'ok') see('healthz', 'ok', 'the Worker runs');
  else
    see(
      'healthz',
      'wrong',
      `/healthz answers ${response.status}`,
      'Either another site answers here, or a secret of the Worker is missing: look at "wrangler tail".',
    );
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const skew = Number.isNaN(theirs) ? null : Math.round((started + Date.now()) / 2 - theirs);
  if (skew === null) see('clock', 'ok', 'not compared: the answer says no date, as on the local platform');
  else {
    // The header counts whole seconds.
    const off = Math.max(0, Math.abs(skew) - 1000);
    const state = off > SKEW_WRONG_MS ? 'wrong' : off > SKEW_WARNING_MS ? 'warning' : 'ok';
    const advice = 'Set the clock of this machine by NTP: events and proofs that it signs carry its time.';
    see('clock', state, `${(off / 1000).toFixed(0)} s apart`, state === 'ok' ? null : advice);
  }
  return true;
}

async function checkVersion({ url }: Login, see: See): Promise<void> {
  const response = await get(`${url}/openapi.json`);
  const json: unknown = typeof response === 'string' ? null : await response.json().catch(() => null);
  const parsed = openapi.safeParse(json);
  const version = parsed.success ? parsed.data.info.version : null;
  if (version === API_VERSION) see('version', 'ok', `API ${version}, as this command line`);
  else if (version === null)
    see('version', 'wrong', 'there is no /openapi.json', 'Is this a Selvedge Worker? Deploy it again.');
  else
    see(
      'version',
      'warning',
      `API ${version}, this command line is for ${API_VERSION}`,
      'Use the command line of that release.',
    );
}

async function checkOperator(login: Login, see: See): Promise<void> {
  const api = createAdminApi(login);
  try {
    const { name, role, expiresAt } = await api.ask(myself, { method: 'GET', path: '/me' });
    see('token', 'ok', `${name} (${role})${expiresAt === null ? '' : `, until ${expiresAt}`}`);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    see('token', 'wrong', error.message, error.hint);
    return;
  }
  await look('ruleset', see, () => checkRuleset(api, see));
  await look('sdk.js', see, () => checkSdk(api, see));
  await look('audit', see, async () => {
    const { intact, entries, broken } = await api.ask(verifiedAudit, { method: 'GET', path: '/audit/verify' });
    if (intact) return see('audit', 'ok', `${entries} entries, the chain is whole`);
    const advice = 'Somebody changed the record. Save the database as it is and find out who could write to it.';
    return see('audit', 'wrong', `entry ${broken?.number}: ${broken?.why}`, advice);
  });
}

/** What the token may not see, or the server cannot tell now, hides nothing else. */
async function look(check: string, see: See, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    see(check, 'warning', error.message, error.hint);
  }
}

async function checkRuleset(api: AdminApi, see: See): Promise<void> {
  const { items } = await api.ask(sequencePage, { method: 'GET', path: '/sequences', query: { limit: 1 } });
  const [live] = items;
  if (live) see('ruleset', 'ok', `sequence ${live.sequence} is live since ${live.publishedAt}`);
  else see('ruleset', 'wrong', 'nothing is published', 'Push a configuration and run "selvedge publish".');
  const drafts = await api.ask(validated, { method: 'POST', path: '/validate', body: {} });
  const [first] = drafts.problems;
  if (drafts.valid) see('drafts', 'ok', 'can be published');
  else {
    const found = `${drafts.problems.length} problems, the first: ${first?.kind} ${first?.id} ${first?.detail}`;
    see('drafts', 'wrong', found, 'Run "selvedge plan" in the folder of the configuration.');
  }
  const waiting = await readUnpublished(api, await readRemote(api));
  if (waiting.length === 0) return;
  const found = `${waiting.length} not live: ${waiting.slice(0, 5).join(', ')}`;
  see('unpublished', 'warning', found, 'Run "selvedge publish" to make them live.');
}

async function checkSdk(api: AdminApi, see: See): Promise<void> {
  const request = { method: 'GET', path: '/sources', query: { limit: 200 } } as const;
  const sources = await api.ask(resourcePage, request);
  const withKey = sources.items.flatMap(({ id, resource }) => {
    const [key] = Array.isArray(resource.writeKeys) ? (resource.writeKeys as readonly string[]) : [];
    return key === undefined ? [] : [{ id, key }];
  });
  if (withKey.length === 0)
    return see('sdk.js', 'warning', 'no source has a write key', 'Pages need one: add a source, push and publish.');
  const bad: string[] = [];
  for (const { id, key } of withKey) {
    const response = await get(`${api.login.url}/sdk.js?key=${encodeURIComponent(key)}`);
    const type = typeof response === 'string' ? '' : (response.headers.get('content-type') ?? '');
    if (typeof response === 'string' || response.status !== 200 || !type.includes('javascript')) bad.push(id);
    if (typeof response !== 'string') await response.body?.cancel();
  }
  if (bad.length === 0)
    see('sdk.js', 'ok', `served to ${withKey.length} ${withKey.length === 1 ? 'source' : 'sources'}`);
  else
    see('sdk.js', 'wrong', `not served to ${bad.join(', ')}`, 'Publish: a write key counts from the next sequence on.');
  return undefined;
}

async function get(url: string): Promise<Response | string> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(15_000) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  }
}

function describe({ check, state, found, advice }: Finding): readonly string[] {
  const sign = {
    ok: styleText('green', 'ok     '),
    warning: styleText('yellow', 'warning'),
    wrong: styleText('red', 'wrong  '),
  }[state];
  return [
    `  ${sign}  ${check.padEnd(11)}  ${found}`,
    ...(advice === null ? [] : [`           ${''.padEnd(11)}  → ${advice}`]),
  ];
}

function verdict(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((each) => each.state === state).length;
  if (count('wrong') > 0) return `${count('wrong')} wrong, ${count('warning')} to look at.`;
  return count('warning') > 0 ? `Works; ${count('warning')} to look at.` : 'Everything is as it should be.';
}
