import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatDeviceId, formatProfileId, type Instant, mintUuidV7, type Space } from '../../../core/lib/ids.ts';
import { type LinkTarget, signCrossDomain, verifyCrossDomain } from '../../../worker/http/cross-domain.ts';
import { createVisitorKeys } from '../../../worker/http/visitor-keys.ts';
import { createVisitorTokens } from '../../../worker/http/visitor-token.ts';

const NOW = 1_800_000_000_000;
const bytes = mintUuidV7(NOW as Instant, randomBytes(10));
const VISITOR = {
  device: formatDeviceId(bytes),
  profile: formatProfileId(bytes, 1, 'eu'),
  epoch: 7,
  issuedAt: NOW / 1000 - 3600,
};
const TARGET: LinkTarget = {
  space: 'main' as Space,
  group: 'shop',
  jurisdiction: 'eu',
  host: 'second.test:8443',
  userAgent: 'Browser/1.0',
};
const KEYS = createVisitorKeys(
  new Map([
    [1, new Uint8Array(32).fill(1)],
    [2, new Uint8Array(32).fill(2)],
  ]),
  2,
);
const link = () => signCrossDomain(VISITOR, TARGET, KEYS, NOW);
const open = async (change: Partial<LinkTarget> = {}, at = NOW) =>
  verifyCrossDomain(await link(), { ...TARGET, ...change }, KEYS, at);

describe('a link to another site', () => {
  it('carries the visitor for a minute', async () => {
    expect(await open({}, NOW + 59_000)).toEqual({ ok: true, value: VISITOR });
    expect(await open({}, NOW + 61_000)).toEqual({ ok: false, error: 'expired' });
    expect(await open({}, NOW - 60_000)).toEqual({ ok: false, error: 'expired' });
  });

  it.each<[string, Partial<LinkTarget>]>([
    ['host', { host: 'evil.test' }],
    ['port', { host: 'second.test' }],
    ['browser', { userAgent: 'Browser/2.0' }],
    ['group of sources', { group: 'app' }],
    ['space', { space: 'other' as Space }],
    ['jurisdiction', { jurisdiction: 'none' }],
  ])('opens nothing for another %s', async (_, change) => {
    expect(await open(change)).toEqual({ ok: false, error: 'forged' });
  });

  it('opens nothing with any byte changed, or signed by a key that is gone', async () => {
    const text = await link();
    for (let at = 0; at < text.length; at += 7) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect((await verifyCrossDomain(changed, TARGET, KEYS, NOW)).ok).toBe(false);
    }
    const gone = createVisitorKeys(new Map([[3, new Uint8Array(32)]]), 3);
    expect(await verifyCrossDomain(text, TARGET, gone, NOW)).toEqual({ ok: false, error: 'unknownKey' });
    expect(await verifyCrossDomain('', TARGET, KEYS, NOW)).toEqual({ ok: false, error: 'malformed' });
  });

  it('is no visitor token, and a visitor token is no link', async () => {
    const tokens = createVisitorTokens(KEYS);
    const scope = { space: TARGET.space, group: TARGET.group, jurisdiction: TARGET.jurisdiction };
    const token = await tokens.sign(VISITOR, scope, NOW);
    expect(await verifyCrossDomain(token, TARGET, KEYS, NOW)).toEqual({ ok: false, error: 'malformed' });
    expect(await tokens.verify(await link(), scope, NOW)).toEqual({ ok: false, error: 'malformed' });
  });

  it('fits in an address', async () => {
    expect(await link()).toMatch(/^[A-Za-z0-9_-]{80,90}$/);
  });
});
