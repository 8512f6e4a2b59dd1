import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isOwnPath } from '../../worker/admin/sign-in/wish.ts';

const ORIGIN = 'https://selvedge.example';

/** What browsers make of odd addresses: slashes either way, tabs, line ends, credentials, dots. */
const piece = fc.constantFrom(
  '/',
  '\\',
  '.',
  '..',
  '@',
  ':',
  '?',
  '#',
  '%2f',
  '%5c',
  '\t',
  '\n',
  '\r',
  ' ',
  'evil.example',
  'https:',
  'javascript:',
  'a',
  '\u3002',
  '\u2044',
);

it('a path that is taken never leads away', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        fc.webUrl(),
        fc.string(),
      ),
      (path) => {
        if (!isOwnPath(path, ORIGIN)) return;
        taken++;
        expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
        // As it stands in a Location header too.
        expect(new Headers({ location: path }).get('location')).toBe(path);
      },
    ),
    { numRuns: 5_000, examples: [['/console/'], ['/']] },
  );
  expect(taken).toBeGreaterThan(1);
});
