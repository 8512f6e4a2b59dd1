import type { EventType } from './event-type.ts';
import { accountRegistered } from './types/account-registered.schema.ts';
import { callLogged } from './types/call-logged.schema.ts';
import { cartAdded } from './types/cart-added.schema.ts';
import { cartRemoved } from './types/cart-removed.schema.ts';
import { checkoutStarted } from './types/checkout-started.schema.ts';
import { consentUpdated } from './types/consent-updated.schema.ts';
import { customEvent } from './types/custom.schema.ts';
import { emailClicked } from './types/email-clicked.schema.ts';
import { emailOpened } from './types/email-opened.schema.ts';
import { experimentExposed } from './types/experiment-exposed.schema.ts';
import { formSubmitted } from './types/form-submitted.schema.ts';
import { identityLinked } from './types/identity-linked.schema.ts';
import { linkClicked } from './types/link-clicked.schema.ts';
import { listViewed } from './types/list-viewed.schema.ts';
import { orderPlaced } from './types/order-placed.schema.ts';
import { orderRefunded } from './types/order-refunded.schema.ts';
import { pageViewed } from './types/page-viewed.schema.ts';
import { productViewed } from './types/product-viewed.schema.ts';
import { profileUpdated } from './types/profile-updated.schema.ts';
import { propositionClicked } from './types/proposition-clicked.schema.ts';
import { propositionDismissed } from './types/proposition-dismissed.schema.ts';
import { propositionDisplayed } from './types/proposition-displayed.schema.ts';
import { reviewWritten } from './types/review-written.schema.ts';
import { searchPerformed } from './types/search-performed.schema.ts';
import { signedIn } from './types/signed-in.schema.ts';
import { signedOut } from './types/signed-out.schema.ts';

/** Every event type of the product. Unions, OpenAPI, docs and the tracking tests derive from this table. */
export const EVENT_TYPES = {
  'page.viewed': pageViewed,
  'link.clicked': linkClicked,
  'search.performed': searchPerformed,
  'list.viewed': listViewed,
  'product.viewed': productViewed,
  'cart.added': cartAdded,
  'cart.removed': cartRemoved,
  'checkout.started': checkoutStarted,
  'order.placed': orderPlaced,
  'order.refunded': orderRefunded,
  'form.submitted': formSubmitted,
  'account.registered': accountRegistered,
  'signed.in': signedIn,
  'signed.out': signedOut,
  'identity.linked': identityLinked,
  'email.opened': emailOpened,
  'email.clicked': emailClicked,
  'call.logged': callLogged,
  'review.written': reviewWritten,
  'profile.updated': profileUpdated,
  'consent.updated': consentUpdated,
  'proposition.displayed': propositionDisplayed,
  'proposition.clicked': propositionClicked,
  'proposition.dismissed': propositionDismissed,
  'experiment.exposed': experimentExposed,
} as const satisfies Record<string, EventType>;

export type KnownEventType = keyof typeof EVENT_TYPES;

const CUSTOM_TYPE = /^custom\.[a-z][a-zA-Z0-9]{0,40}(?:\.[a-z][a-zA-Z0-9]{0,40})?$/;

/** The definition behind a type name, or null when the type is unknown. `custom.…` names share one definition. */
export function findEventType(type: string): EventType | null {
  if (Object.hasOwn(EVENT_TYPES, type)) return EVENT_TYPES[type as KnownEventType];
  return CUSTOM_TYPE.test(type) ? customEvent : null;
}
