import { startEarly as early } from './early.ts';
import { page } from './part.ts';

page.selvedgeParts = { ...page.selvedgeParts, early };
