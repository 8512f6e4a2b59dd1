import { type BrowserRules, createLocal, type LocalRules, type Program } from './local.ts';

interface SelvedgeLocal {
  /** Left out: the rules that came with this file. Throws where it came without: it was loaded without a key. */
  (program?: Program | null): LocalRules;
  /** The Worker writes it behind this file. */
  rules?: BrowserRules;
}

const selvedgeLocal: SelvedgeLocal = (program = selvedgeLocal.rules?.program) => {
  if (program === undefined) throw new Error('no rules: load /sdk-local.js?key=wk_…');
  return createLocal(program);
};
(window as { selvedgeLocal?: SelvedgeLocal }).selvedgeLocal = selvedgeLocal;
