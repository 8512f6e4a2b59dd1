import { followConsentMode, sendConsentMode } from './consent-mode.ts';
import { onClient } from './on-client.ts';

// `<script src="…" data-send>`: our choices go to Google's tags. Without it: theirs come to us.
onClient(document.currentScript?.dataset.send === undefined ? followConsentMode : sendConsentMode);
