import type { CoreClient } from './core.ts';
import { openDebug } from './debug.ts';

const page = window as unknown as { selvedge?: (name: 'link') => Promise<CoreClient['link'] | undefined> };
void page.selvedge?.('link').then((link) => link && openDebug({ link }));
