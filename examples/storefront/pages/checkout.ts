import { bagCookie, bagItems, bagTotals, bagValue } from '../bag.ts';
import { euros, formatPrice } from '../catalogue.ts';
import { giftNote, giftWrapOf } from '../gift-wrap.ts';
import { html } from '../html.ts';
import { keepReceipt, type Receipt } from '../receipt.ts';
import { decide, interactByHttp, propositionOf } from '../selvedge-client.ts';
import { redirect, type Visit } from '../visit.ts';
import { EVERYWHERE, fillPage, sendPage } from './layout.ts';

const WANTED = [...EVERYWHERE, 'gift-wrap'];

export async function checkout(visit: Visit): Promise<Response> {
  if (visit.bag.length === 0) return redirect(visit, '/cart');
  const filling = await fillPage(visit, { placements: ['gift-wrap'] });
  const { subtotalCents, deliveryCents } = bagTotals(visit.bag);
  const wrap = giftWrapOf(filling.answer);
  // The number is made with the form: sending it twice is still one order.
  const orderId = `h-${crypto.randomUUID().slice(0, 8)}`;
  const main = html`<section class="wrap section section--first narrow"><h1>Checkout</h1>
<p>A demo: no address, no payment, nothing is delivered.</p>
<form class="checkout" method="post" action="/checkout"><input type="hidden" name="orderId" value="${orderId}">
<ul class="plain">${visit.bag.map((line) => html`<li><span>${line.quantity} × ${line.product.name}, ${line.size}</span><span>${formatPrice(line.product.priceCents * line.quantity)}</span></li>`)}
<li><span>Delivery</span><span>${deliveryCents ? formatPrice(deliveryCents) : 'Free'}</span></li><li class="plain__total"><span>Total before wrapping</span><span>${formatPrice(subtotalCents + deliveryCents)}</span></li></ul>
<fieldset class="gift"><legend>Is it a gift?</legend>
<label class="check"><input type="checkbox" name="giftWrap" value="yes" data-testid="gift-wrap"><span>Wrap it <strong data-testid="gift-wrap-price" data-gift-wrap-price>${wrap.priceCents ? formatPrice(wrap.priceCents) : 'free'}</strong></span></label>
${giftNote(filling.way, wrap, 'gift__note')}
<label class="field"><span>A note for whoever unwraps it</span><textarea name="giftNote" rows="3" maxlength="400" data-testid="gift-note"></textarea></label>
<label class="check"><input type="checkbox" name="remindNextYear" value="yes" data-testid="remind-next-year"><span>Remind me next year</span></label></fieldset>
<button class="button button--wide" data-testid="place-order">Place the order</button></form></section>`;
  const started = { total: bagValue(visit.bag), currency: 'EUR', items: bagItems(visit.bag) };
  return sendPage(visit, {
    title: 'Checkout',
    pageType: 'checkout',
    main,
    filling,
    ways: { 'gift-wrap': filling.way, 'the price that is charged': 'rpc', 'the order': 'http' },
    events: [{ type: 'checkout.started', data: started }],
  });
}

/** The order is a fact of the server's, told by HTTP. What it ends, and what the next page shows, comes in the answer to it. */
export async function placeOrder(visit: Visit): Promise<Response> {
  if (visit.bag.length === 0) return redirect(visit, '/cart');
  const form = await visit.request.formData();
  const told = String(form.get('orderId'));
  const orderId = /^h-[0-9a-f]{8}$/.test(told) ? told : `h-${crypto.randomUUID().slice(0, 8)}`;
  const giftWrap = form.get('giftWrap') === 'yes';
  const giftNote = String(form.get('giftNote') ?? '')
    .trim()
    .slice(0, 400);
  const remindNextYear = form.get('remindNextYear') === 'yes';

  const before = await decide(visit, { placements: WANTED });
  const { subtotalCents, deliveryCents } = bagTotals(visit.bag);
  const totalCents = subtotalCents + deliveryCents + (giftWrap ? giftWrapOf(before).priceCents : 0);
  const data = {
    orderId,
    total: euros(totalCents),
    currency: 'EUR',
    items: bagItems(visit.bag).map((item) => ({ ...item })),
    giftWrap,
    remindNextYear,
    ...(giftNote ? { giftNote } : {}),
  };
  const answer = await interactByHttp(visit, {
    happenings: [{ id: `order-${orderId}`, type: 'order.placed', data }],
    placements: WANTED,
  });

  const receipt: Receipt = {
    orderId,
    totalCents,
    giftWrap,
    giftNote,
    items: visit.bag.map(({ product, size, quantity }) => [product.id, size, quantity]),
    stripBefore: propositionOf(before, 'offer-strip')?.offer ?? null,
    stripAfter: propositionOf(answer, 'offer-strip')?.offer ?? null,
    left: (answer?.memberships ?? [])
      .filter((membership) => membership.status === 'exited')
      .map((membership) => membership.segment),
    answered: answer !== null && !answer.degraded,
  };
  await keepReceipt(visit, receipt);
  visit.outgoing.set('bag', await bagCookie([], visit.env, visit.nowMs));
  return redirect(visit, `/order/${orderId}`);
}
