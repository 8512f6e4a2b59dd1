import type { ConsentChoices, Purpose } from '../../core/policy/purposes.ts';
import { applyChoices } from './apply-choices.ts';
import type { Linked } from './on-client.ts';

interface TcData {
  readonly eventStatus?: string;
  readonly gdprApplies?: boolean;
  readonly purpose?: { readonly consents?: Readonly<Record<number, boolean>> };
}
type TcfApi = (command: 'addEventListener', version: 2, listener: (data: TcData, success: boolean) => void) => void;

/** Purposes of the framework that must all be consented to, for each of ours. Storing (1) is needed for every one of them. */
export type TcfPurposes = { readonly [P in Exclude<Purpose, 'necessary'>]?: readonly number[] };

/** Measuring content and audiences; a profile for content; a profile for advertising. Nothing in the framework is our `sharing`. */
const DEFAULT: TcfPurposes = { analytics: [8, 9], personalization: [5, 6], advertising: [2, 3, 4] };

/** Takes consent from the page's TCF 2.x platform, now and whenever it changes; false when there is none. Where GDPR does not apply, nothing changes. */
export function followTcf(client: Pick<Linked, 'link' | 'consent'>, purposes: TcfPurposes = DEFAULT): boolean {
  const api = (window as { __tcfapi?: TcfApi }).__tcfapi;
  api?.('addEventListener', 2, ({ eventStatus, gdprApplies, purpose }, success) => {
    if (!success || gdprApplies === false || (eventStatus !== 'tcloaded' && eventStatus !== 'useractioncomplete'))
      return;
    const has = (id: number): boolean => !!purpose?.consents?.[id];
    const entries = Object.entries(purposes).map(([ours, ids]) => [ours, [1, ...ids].every(has) ? 'in' : 'out']);
    applyChoices(client, Object.fromEntries(entries) as ConsentChoices);
  });
  return !!api;
}
