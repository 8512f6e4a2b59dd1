import { createLocal } from './local.ts';

(window as { selvedgeLocal?: typeof createLocal }).selvedgeLocal = createLocal;
