import { page } from './part.ts';
import { withVisitorLink as around } from './visitor-link.ts';

page.selvedgeParts = { ...page.selvedgeParts, around };
