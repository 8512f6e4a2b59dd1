import { expect, it } from 'vitest';
import { stalePages } from '../../dev/docs.ts';

it('the reference pages say what the code says (npm run docs)', async () => {
  expect(await stalePages()).toEqual([]);
});
