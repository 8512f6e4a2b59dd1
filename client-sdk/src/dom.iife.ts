import { domPlans as plans } from './dom.ts';
import { page } from './part.ts';

page.selvedgeParts = { ...page.selvedgeParts, plans };
