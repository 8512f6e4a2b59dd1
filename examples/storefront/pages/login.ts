import { ACCOUNTS, type Account, findAccount, newAccount } from '../accounts.ts';
import { BAG_COOKIE } from '../bag.ts';
import { hostCookie } from '../cookies.ts';
import { html } from '../html.ts';
import { RECEIPT_COOKIE } from '../receipt.ts';
import { dropVisitor, type Happening, interact } from '../selvedge-client.ts';
import { SESSION_COOKIE, sessionCookie, signProof } from '../session.ts';
import { nextPath, redirect, type Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';

export async function login(visit: Visit): Promise<Response> {
  if (visit.session) return redirect(visit, '/');
  const filling = await fillPage(visit);
  const next = nextPath(visit.url.searchParams.get('next'));
  const main = html`<section class="wrap section section--first narrow"><h1>Who are you today?</h1><p>A demo has no passwords. Pick a customer.</p>
<form class="people" method="post" action="/login"><input type="hidden" name="next" value="${next}">
${Object.entries(ACCOUNTS).map(
  ([name, { firstName, about }]) =>
    html`<button class="person" name="customer" value="${name}" data-testid="login-${name}"><span class="person__initial" aria-hidden="true">${firstName.charAt(0)}</span><span><strong>${firstName}</strong><br>${about}</span></button>`,
)}</form>
<form class="newcomer" method="post" action="/login"><h2>Or start fresh</h2><input type="hidden" name="next" value="${next}">
<label class="field"><span>First name</span><input name="firstName" maxlength="40" autocomplete="given-name" required data-testid="new-account-name"></label>
<button class="button" name="customer" value="new" data-testid="login-new">Open an account</button></form></section>`;
  return sendPage(visit, { title: 'Sign in', pageType: 'login', main, filling, ways: { 'sign-in': 'rpc' } });
}

/** Joins this browser to the person before the next page is asked for: that page is already hers. */
async function join(visit: Visit, account: Account, happenings: readonly Happening[]): Promise<void> {
  await interact(visit, { happenings, proof: await signProof(account, visit.env) });
  const session = { customerId: account.id, firstName: account.firstName };
  visit.outgoing.set('session', await sessionCookie(session, visit.env, visit.nowMs));
}

export async function signIn(visit: Visit): Promise<Response> {
  const form = await visit.request.formData();
  const next = nextPath(form.get('next'));
  const signedIn: Happening = { type: 'signed.in', data: { method: 'demo' } };
  if (visit.session) return redirect(visit, next);
  const known = findAccount(form.get('customer'));
  if (known) {
    await join(visit, known, [signedIn]);
  } else if (form.get('customer') === 'new') {
    const account = newAccount(String(form.get('firstName') ?? ''));
    const attributes = { firstName: account.firstName };
    await join(visit, account, [
      { type: 'account.registered', data: { method: 'demo' } },
      { type: 'profile.updated', data: { attributes } },
      signedIn,
    ]);
  }
  return redirect(visit, next);
}

/** Whoever uses this browser next starts empty: at Selvedge, in the bag, and in the session. */
export async function signOut(visit: Visit): Promise<Response> {
  const answer =
    visit.visitorToken === null ? null : await interact(visit, { happenings: [{ type: 'signed.out', data: {} }] });
  // Without an answer nobody closed her strand, so the browser must forget it altogether.
  if (!answer) dropVisitor(visit);
  for (const name of [SESSION_COOKIE, BAG_COOKIE, RECEIPT_COOKIE]) visit.outgoing.set(name, hostCookie(name, '', 0));
  visit.outgoing.delete('session');
  return redirect(visit, '/');
}
