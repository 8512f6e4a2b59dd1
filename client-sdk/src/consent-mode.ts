import type { ConsentChoices } from '../../core/policy/purposes.ts';
import { applyChoices } from './apply-choices.ts';
import type { Linked } from './on-client.ts';

/** Google's signals (Consent Mode v2) that must all be granted, for each of our purposes. */
const SIGNALS = {
  analytics: ['analytics_storage'],
  personalization: ['personalization_storage'],
  advertising: ['ad_storage', 'ad_personalization'],
  sharing: ['ad_user_data'],
} as const;

type Page = { dataLayer?: ArrayLike<unknown>[] };
type Signals = Readonly<Record<string, unknown>>;

const layer = (): ArrayLike<unknown>[] => {
  const page = window as Page;
  page.dataLayer ??= [];
  return page.dataLayer;
};

/**
 * Takes consent from `gtag('consent', …)`: from what was said before and from what comes. A denial by default is still to be chosen: `pending`, and so is what is granted, or
 * denied, in some regions only.
 */
export function followConsentMode(client: Pick<Linked, 'link' | 'consent'>): void {
  const said: Record<string, unknown> = {};
  /** Denied by default in some regions: where the visitor is, nobody here knows. */
  const asked = new Set<string>();
  const read = (entry: ArrayLike<unknown>): boolean => {
    if (entry?.[0] !== 'consent') return false;
    const { region, ...given } = entry[2] as Signals;
    const isUpdate = entry[1] === 'update';
    for (const [signal, value] of Object.entries(given)) {
      if (isUpdate) asked.delete(signal);
      else if (region && value !== 'granted') asked.add(signal);
      if (isUpdate || !region || !said[signal])
        said[signal] = value === 'granted' && (isUpdate || !region) ? 'in' : isUpdate ? 'out' : 'pending';
    }
    return true;
  };
  /** All that was said at once: of two defaults the first alone was never chosen. */
  const readAll = (entries: readonly ArrayLike<unknown>[]): void => {
    if (!entries.map(read).includes(true)) return;
    const choices: Record<string, unknown> = {};
    for (const [purpose, signals] of Object.entries(SIGNALS)) {
      const values = signals.map((signal) => (asked.has(signal) ? 'pending' : said[signal]));
      if (values.every(Boolean)) choices[purpose] = ['out', 'pending', 'in'].find((value) => values.includes(value));
    }
    applyChoices(client, choices as ConsentChoices);
  };
  const entries = layer();
  readAll([...entries]);
  const { push } = entries;
  entries.push = (...added) => {
    readAll(added);
    return push.apply(entries, added);
  };
}

/** Tells Google's tags what was chosen here, now and whenever it changes. */
export function sendConsentMode({ link: { consent }, on }: Pick<Linked, 'link' | 'on'>): void {
  let last = '';
  const send = (): void => {
    const now = consent.now();
    const signals: Record<string, string> = {};
    for (const [purpose, names] of Object.entries(SIGNALS))
      for (const name of names) signals[name] = now[purpose as keyof typeof SIGNALS] === 'in' ? 'granted' : 'denied';
    const text = JSON.stringify(signals);
    if (text !== last) gtag('consent', last ? 'update' : 'default', signals);
    last = text;
  };
  send();
  on('request', send);
  on('reset', send);
}

function gtag(..._: readonly unknown[]): void {
  // biome-ignore lint/complexity/noArguments: Google's tags take an arguments object and nothing else.
  layer().push(arguments);
}
