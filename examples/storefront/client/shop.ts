import { watchConsent } from './consent.ts';
import { watchForms } from './forms.ts';
import { watchGiftWrap } from './gift-wrap.ts';
import { watchLists } from './lists.ts';
import { watchPanel } from './panel.ts';
import { selvedge } from './selvedge.ts';

interface PageEvent {
  readonly type: string;
  readonly data: object;
}

/** What this page is about, told by the page itself: product viewed, list viewed, checkout started. Page views are the SDK's own work. */
function trackPage(): void {
  const block = document.getElementById('page-events');
  if (!block?.textContent) return;
  for (const { type, data } of JSON.parse(block.textContent) as readonly PageEvent[]) selvedge('track', type, data);
}

trackPage();
watchGiftWrap();
watchLists();
watchForms();
watchConsent();
watchPanel();
