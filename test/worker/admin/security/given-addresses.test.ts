import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RESOURCE_INPUT_SCHEMAS } from '../../../../core/ruleset/schema.ts';
import { ADMIN_OPERATIONS } from '../../../../worker/admin/admin-app.ts';
import { isSafeAddress } from '../../../../worker/admin/sign-in/fetch-json.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** `jurisdiction` has an `uri` in it, and trust in links is about people. */
const SOUNDS_LIKE_ADDRESS =
  /(?<!j)ur[il]|href|link(?!Trust)|origin|domain|host|endpoint|redirect|webhook|callback|image/i;

/** Every member that operators fill and that sounds like an address, and what becomes of it. The Worker sends a request to none. */
const KNOWN: Readonly<Record<string, string>> = {
  allowedOrigins: 'of a source: compared with the Origin of a request; never asked',
  endpoint: 'of the SDK: the browsers of visitors send to it; never asked by the Worker',
  urlBase: 'of items: goes to pages as it is; never asked',
  urls: 'of items: goes to pages as it is; never asked',
  imageBase: 'of items: goes to pages as it is; never asked',
  images: 'of items: goes to pages as it is; never asked',
};

/** Whoever sends requests out of the Worker: each new one is a decision. */
const SENDERS: Readonly<Record<string, string>> = {
  'worker/admin/sign-in/fetch-json.ts':
    'identity providers of the environment, never of an operator: isSafeAddress, no redirects, bounded',
};

function namesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(namesIn);
  const { properties, format } = schema as { readonly properties?: object; readonly format?: string };
  return [
    ...Object.entries(properties ?? {})
      .filter(([name, value]) => SOUNDS_LIKE_ADDRESS.test(name) || (value as { format?: string }).format === 'uri')
      .map(([name]) => name),
    ...(format === 'uri' ? ['uri'] : []),
    ...Object.values(schema).flatMap(namesIn),
  ];
}

describe('addresses that operators may enter', () => {
  it('are all known, and what becomes of each', () => {
    const bodies = ADMIN_OPERATIONS.flatMap(({ body }) => (body === undefined ? [] : [body]));
    const all = [...bodies, ...Object.values(RESOURCE_INPUT_SCHEMAS)].flatMap((body) =>
      namesIn(z.toJSONSchema(body as z.ZodType, { io: 'input', unrepresentable: 'any' })),
    );
    expect([...new Set(all)].filter((name) => !Object.hasOwn(KNOWN, name))).toEqual([]);
  });

  it('are asked by nobody: few files of the Worker send requests at all', () => {
    const files = readdirSync(join(ROOT, 'worker'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const senders = files
      .map((name) => `worker/${name.replaceAll('\\', '/')}`)
      .filter((path) =>
        /(?<![.\w#])fetch\(|globalThis\.fetch|createRemoteJWKSet|new WebSocket\(|from 'cloudflare:sockets'/.test(
          readFileSync(join(ROOT, path), 'utf8'),
        ),
      );
    expect(senders.sort()).toEqual(Object.keys(SENDERS).sort());
  });
});

describe('an address of the environment', () => {
  it.each([
    'http://accounts.example/',
    'https://localhost/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://app.localhost/',
    'https://example.org./',
    'https://user@example.org/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ftp://example.org/',
    '//example.org/',
    '',
  ])('is not asked: %s', (address) => {
    expect(isSafeAddress(address, false)).toBe(false);
  });

  it.each(['https://accounts.example/', 'https://login.example:8443/tenant/v2.0'])('may be asked: %s', (address) => {
    expect(isSafeAddress(address, false)).toBe(true);
  });

  it('on this machine may be asked from this machine, and nothing else there', () => {
    expect(isSafeAddress('http://127.0.0.1:4711/', true)).toBe(true);
    expect(isSafeAddress('http://localhost:4711/', true)).toBe(true);
    expect(isSafeAddress('http://10.0.0.1/', true)).toBe(false);
    expect(isSafeAddress('http://example.org/', true)).toBe(false);
  });
});
