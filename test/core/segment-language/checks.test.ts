import { describe, test } from 'vitest';
import { checks as codeSets } from '../../mutation/checks/language-code-sets.ts';
import { checks as dates } from '../../mutation/checks/language-dates.ts';
import { checks as forms } from '../../mutation/checks/language-forms.ts';
import { checks as patterns } from '../../mutation/checks/language-patterns.ts';
import { checks as rules } from '../../mutation/checks/language-rules.ts';
import { checks as schema } from '../../mutation/checks/language-schema.ts';
import { checks as texts } from '../../mutation/checks/language-texts.ts';
import { checks as types } from '../../mutation/checks/language-types.ts';

// The same checks that mutation testing runs against every mutant (`npm run mutation`).
describe.each(Object.entries({ codeSets, dates, forms, patterns, rules, schema, texts, types }))('%s', (_, checks) => {
  for (const { name, run } of checks) test(name, run);
});
