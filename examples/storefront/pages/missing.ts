import { html } from '../html.ts';
import type { Visit } from '../visit.ts';
import { sendPage } from './layout.ts';

/** This server asks for no decisions: nobody should be able to make the shop work hard with addresses that do not exist. */
export function missing(visit: Visit): Response {
  const main = html`<section class="wrap section section--first narrow"><h1>This page is not on the rail</h1>
<p>It may have been sold out, or it never existed.</p><a class="button" href="/">To the shop</a></section>`;
  return sendPage(visit, {
    title: 'Not found',
    pageType: 'missing',
    main,
    filling: { way: 'sdk', answer: null },
    status: 404,
  });
}
