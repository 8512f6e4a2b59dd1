import type { BlockedRule } from './namespace-set.ts';

/** What systems send when they know nobody, what people type to get past a form, and what tests leave behind. */
const PLACEHOLDERS = [
  'null',
  'undefined',
  'nan',
  'nil',
  'none',
  'anonymous',
  'unknown',
  'guest',
  'invalid',
  'test',
  'true',
  'false',
  'n/a',
  'na',
  '-1',
  '[object object]',
  'not_set',
  '(not set)',
];

const EMAILS = ['test@test.com', 'test@example.com', 'noreply@example.com', 'no@email.com', 'none@none.com', 'a@a.com'];

export const DEFAULT_BLOCKED: readonly BlockedRule[] = [
  { namespace: '*', match: 'blank', value: null },
  { namespace: '*', match: 'maxlen', value: 1024 },
  ...PLACEHOLDERS.map((value): BlockedRule => ({ namespace: '*', match: 'iexact', value })),
  // Zeros alone, also as an empty UUID or an advertising id that the person has switched off.
  { namespace: '*', match: 'regex', value: '^[0-]+$' },
  // Without letters and digits nobody is named.
  { namespace: '*', match: 'notregex', value: '[\\p{L}\\p{N}]' },
  ...EMAILS.map((value): BlockedRule => ({ namespace: 'email', match: 'iexact', value })),
  // One digit again and again, and the run that examples use.
  { namespace: 'phone', match: 'regex', value: '^\\+?(\\d)\\1+$' },
  { namespace: 'phone', match: 'regex', value: '^\\+?0*123456789\\d?$' },
];
