import type { InteractResponse } from '../../core/interaction/wire.ts';
import type { CoreClient } from './core.ts';

/** What the programs beside sdk.js need of the page's client. */
export type Linked = Pick<CoreClient, 'link' | 'consent' | 'on'>;

interface Snippet {
  (name: 'link'): Promise<CoreClient['link'] | undefined>;
  (name: 'consent', choices: Parameters<CoreClient['consent']>[0]): Promise<InteractResponse | null>;
}

/** Calls `use` with the client of the page's snippet as soon as there is one. Never on a page without it, or when sdk.js never comes. */
export function onClient(use: (client: Linked) => unknown): void {
  const { selvedge } = window as unknown as { readonly selvedge?: Snippet };
  void selvedge?.('link').then(
    (link) => link && use({ link, on: link.bus.on, consent: (choices) => selvedge('consent', choices) }),
  );
}
