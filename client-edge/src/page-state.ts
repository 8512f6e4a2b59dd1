import type { InteractResponse } from './contract.ts';

/** What the browser SDK finds in the page, so that it need not ask before it shows anything. */
export interface PageState {
  readonly v: 1;
  readonly sequence: number;
  readonly propositions: InteractResponse['propositions'];
  /** The answer was late or failed: the SDK asks again. */
  readonly degraded?: true;
}

export const STATE_ID = 'selvedge-state';

/** A block of data: `nonce` is not needed, because nothing in it runs. */
export function stateBlock(state: PageState): string {
  return `<script type="application/json" id="${STATE_ID}">${scriptSafe(state)}</script>`;
}

/** JSON that stays data within a page: no tag can open or close, no line separator ends a statement. */
export function scriptSafe(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
