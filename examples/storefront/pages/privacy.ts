import { hostCookie } from '../cookies.ts';
import { html } from '../html.ts';
import { finish, type Visit } from '../visit.ts';
import { fillPage, sendPage } from './layout.ts';

const CHOICE_COOKIE = '__Host-choice';
const YEAR_SECONDS = 365 * 86_400;

const PURPOSES = [
  ['analytics', 'Counting', 'To know which pages and products are looked at. Without it we guess.'],
  ['personalization', 'Making it yours', 'To show what fits you: what you looked at, your size, your offers.'],
  ['advertising', 'Advertising', 'To remind you of us elsewhere. Off unless you turn it on.'],
] as const;

/** The choices themselves are told by the SDK, because it must obey them first. The shop only remembers how its switches stood. */
export async function privacy(visit: Visit): Promise<Response> {
  const filling = await fillPage(visit);
  const said = new Set((visit.cookies.get(CHOICE_COOKIE) ?? 'analytics.personalization').split('.'));
  const main = html`<section class="wrap section section--first narrow" data-consent><h1>Privacy choices</h1>
<p>What we may use your visit for. It counts from the moment you choose, and what was collected for a purpose that you take back is no longer used for it.</p>
<ul class="switches">${PURPOSES.map(
    ([purpose, name, about]) =>
      html`<li><div><h2>${name}</h2><p>${about}</p></div><button class="switch" type="button" role="switch" aria-checked="${said.has(purpose) ? 'true' : 'false'}" aria-label="${name}" data-purpose="${purpose}" data-testid="consent-${purpose}"><span></span></button></li>`,
  )}<li><div><h2>What a shop needs</h2><p>Your bag, your sign-in, your orders. Without it there is no shop.</p></div><span class="always">Always on</span></li></ul>
<div class="row"><button class="button" type="button" data-consent-all="in" data-testid="consent-all">Allow all</button><button class="button button--quiet" type="button" data-consent-all="out" data-testid="consent-none">Only what is needed</button></div>
<p class="saved" data-saved data-testid="consent-saved" role="status" hidden>Saved.</p></section>`;
  return sendPage(visit, { title: 'Privacy choices', pageType: 'privacy', main, filling });
}

export async function keepChoice(visit: Visit): Promise<Response> {
  const told = String((await visit.request.formData()).get('chosen')).split('.');
  const chosen = PURPOSES.map(([purpose]) => purpose).filter((purpose) => told.includes(purpose));
  visit.outgoing.set('choice', hostCookie(CHOICE_COOKIE, chosen.join('.') || 'none', YEAR_SECONDS));
  return finish(visit, new Response(null, { status: 204 }));
}
