import { hostCookie, openCookie, sealCookie } from './cookies.ts';
import type { Visit } from './visit.ts';

export const RECEIPT_COOKIE = '__Host-receipt';
const RECEIPT_SECONDS = 15 * 60;

/** The last order of this browser, for its confirmation page. A real shop has a database. */
export interface Receipt {
  readonly orderId: string;
  readonly totalCents: number;
  readonly giftWrap: boolean;
  readonly giftNote: string;
  readonly items: readonly (readonly [productId: string, size: string, quantity: number])[];
  /** The offer on the strip right before the order, and the one in the answer to the order. */
  readonly stripBefore: string | null;
  readonly stripAfter: string | null;
  /** Segments that the order ended, by the same answer. */
  readonly left: readonly string[];
  readonly answered: boolean;
}

export async function keepReceipt(visit: Visit, receipt: Receipt): Promise<void> {
  const sealed = await sealCookie(RECEIPT_COOKIE, receipt, visit.env.SESSION_SECRET, RECEIPT_SECONDS, visit.nowMs);
  visit.outgoing.set('receipt', hostCookie(RECEIPT_COOKIE, sealed, RECEIPT_SECONDS));
}

/** Only this server makes these, and it signed it: the shape needs no second check. */
export async function readReceipt(visit: Visit): Promise<Receipt | null> {
  const value = await openCookie(
    RECEIPT_COOKIE,
    visit.cookies.get(RECEIPT_COOKIE),
    visit.env.SESSION_SECRET,
    visit.nowMs,
  );
  return value === null ? null : (value as Receipt);
}
