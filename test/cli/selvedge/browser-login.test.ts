import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Operator } from '../../support/admin-harness.ts';
import { createBrowser } from '../../support/browser.ts';
import { type SignInHarness, startSignInHarness } from '../../support/sign-in-harness.ts';
import { createMachine, type Ended, type Machine } from './selvedge-run.ts';

let harness: SignInHarness;
let owner: Operator;
let machine: Machine;
beforeAll(async () => {
  harness = await startSignInHarness();
  owner = await harness.newSpace();
  machine = await createMachine();
}, 60_000);
afterAll(async () => {
  await machine.gone();
  await harness.stop();
});

/** Runs the command, and does with the address that it prints what a person would. */
async function login(then: (address: URL) => Promise<void>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let isActing = false;
    const onErr = (text: string) => {
      const address = /http:\/\/\S+\/v1\/admin\/sign-in\?\S+(?=\s)/.exec(text)?.[0];
      if (!address || isActing) return;
      isActing = true;
      then(new URL(address)).catch(reject);
    };
    machine
      .run(['login', '--browser', '--space', owner.space, '--url', harness.origin], { onErr })
      .then(resolve, reject);
  });
}

it('lets a command line in by the browser, and out again', async () => {
  const invited = await owner.call('POST', '/operators', { name: 'grace', role: 'viewer', email: 'grace@example.org' });
  expect(invited.status).toBe(201);
  harness.provider.person = { sub: 'grace', email: 'grace@example.org', email_verified: true };
  let page = '';
  const ended = await login(async (address) => {
    const port = address.searchParams.get('cliPort');
    // Others who find the port get nothing, and end nothing.
    expect((await fetch(`http://127.0.0.1:${port}/?code=mine&state=mine`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
    expect((await fetch(`http://localhost:${port}/?code=mine`).catch(() => ({ status: 404 }))).status).toBe(404);
    page = await (await createBrowser().visit(address.href)).text();
  });
  expect(ended).toMatchObject({ code: 0 });
  expect(page).toBe('You are signed in. You may close this window.');
  expect(ended.out).toContain('as grace (viewer)');
  const file = join(machine.home, 'config', 'selvedge', 'credentials.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await machine.json(['whoami'])).toMatchObject({ space: owner.space, name: 'grace', code: 0 });
  const sessions = (await owner.call('GET', '/sessions?of=all')).body.items;
  expect(sessions).toMatchObject([{ operator: 'grace', kind: 'cli' }]);
  expect((await machine.run(['logout'])).code).toBe(0);
  expect((await owner.call('GET', '/sessions?of=all')).body.items).toEqual([]);
}, 60_000);

it('says what it needs, and that it takes one way at a time', async () => {
  const both = await machine.run(['login', '--browser', '--token', '-', '--url', harness.origin]);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining('two ways')]);
  const nowhere = await machine.run(['login', '--browser']);
  expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('Which deployment?')]);
});
