import { describe, test } from 'vitest';
import { checks as nearMisses } from '../../mutation/checks/near-misses.ts';

// The same checks that mutation testing runs against every mutant (`npm run mutation`).
describe('near misses', () => {
  for (const { name, run } of nearMisses) test(name, run);
});
