import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BROWSER,
  codes,
  event,
  type Headed,
  ORIGIN,
  type Shop,
  startShop,
  unique,
  viewed,
  WRITE_KEY,
} from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.stop());

const bytes = (text: string) => new TextEncoder().encode(text);
const post = (body: unknown, headers: Headed = {}, route = 'collect') =>
  shop.send(`/v1/${route}?key=${WRITE_KEY.web}`, { headers: { origin: ORIGIN.web, ...headers }, body });

/** `{"events":[…]}` of about this many bytes, made of events that each are small enough. */
function bigBody(size: number): string {
  const events = [];
  for (let held = 0; held < size; held += 8000) events.push(event('custom.big', { text: 'x'.repeat(7850) }));
  return JSON.stringify({ events });
}

describe('bodies that are no JSON', () => {
  it.each([
    ['an empty body', ''],
    ['a truncated body', JSON.stringify({ events: [viewed()] }).slice(0, -7)],
    ['two values', '{"events":[]}{"events":[]}'],
    ['a bare word', 'events'],
    [
      'bytes that are not UTF-8',
      Uint8Array.from([...bytes('{"events":[{"id":"'), 0xff, 0xfe, 0xc3, 0x28, ...bytes('"}]}')]),
    ],
    ['a lone surrogate, encoded as bytes', Uint8Array.from([...bytes('{"key":"'), 0xed, 0xa0, 0x80, ...bytes('"}')])],
  ])('%s is malformedJson', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.problem]).toEqual([400, 'malformedJson']);
    expect(answer.body.detail).toBeTruthy();
  });

  it.each([
    ['null', 'null'],
    ['a number', '7'],
    ['an array', '[]'],
    ['a string', '"events"'],
    ['events that are no list', '{"events":{}}'],
    ['no events for collect', '{}'],
    ['a member that does not exist', '{"events":[],"evnts":[]}'],
    ['placements that are no list', '{"events":[],"placements":"hero"}'],
  ])('%s is invalid, with where it is wrong', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.problem]).toEqual([422, 'invalid']);
    expect(answer.body.errors?.length).toBeGreaterThan(0);
  });

  it('takes a byte order mark', async () => {
    const answer = await post(Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes(JSON.stringify({ events: [viewed()] }))]));
    expect(answer.body.accepted).toBe(1);
  });
});

describe('nesting', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  it.each([
    ['the whole body', (nested: string) => nested],
    ['a member of the request', (nested: string) => `{"events":[],"context":{"a":${nested}}}`],
    ['a member that does not exist', (nested: string) => `{"events":[],"x":${nested}}`],
  ])('10,000 levels in %s are refused', async (_, wrap) => {
    const answer = await post(wrap(deep(10_000)));
    expect([answer.status, answer.problem]).toEqual([422, 'invalid']);
    expect(answer.body.errors?.[0]?.code).toBe('tooDeep');
  });

  it('10,000 levels in one event cost only that event', async () => {
    const good = JSON.stringify(viewed());
    const bad = `{"id":"deep","type":"custom.deep","occurredAt":"${new Date().toISOString()}","data":{"a":${deep(10_000)}}}`;
    const answer = await post(`{"events":[${good},${bad},${deep(10_000)},${JSON.stringify(viewed())}]}`);
    expect([answer.status, answer.body.accepted]).toEqual([200, 2]);
    expect(codes(answer)).toEqual({ 1: 'tooLarge', 2: 'tooLarge' });
  });
});

describe('size', () => {
  it('refuses more than 512 KB, with its length given', async () => {
    const answer = await post(bigBody(530_000));
    expect([answer.status, answer.problem]).toEqual([413, 'tooLarge']);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN.web);
  });

  it('refuses more than 512 KB that come in chunks without a length, and stops reading', async () => {
    let sent = 0;
    const chunk = bytes('x'.repeat(64 * 1024));
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const answer = await post(endless).catch(() => null);
    // The server may close the connection while the client still writes: then there is no answer to read, and nothing was stored.
    if (answer) expect([answer.status, answer.problem]).toEqual([413, 'tooLarge']);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('refuses a length that lies upwards before it reads', async () => {
    const answer = await rawPost({ 'content-length': String(1024 * 1024) }, '{"events":[', true);
    expect(answer.status).toBe(413);
  });

  it('takes what is just below the cap', async () => {
    const answer = await post(bigBody(500_000));
    expect([answer.status, answer.body.refused]).toEqual([200, []]);
    expect(answer.body.accepted).toBeGreaterThan(60);
  });

  it('refuses 501 events as a whole and takes 500', async () => {
    const many = (count: number) => ({ events: Array.from({ length: count }, () => event('custom.many')) });
    const over = await post(many(501));
    expect([over.status, over.problem]).toEqual([413, 'tooLarge']);
    const full = await post(many(500));
    expect([full.status, full.body.accepted]).toEqual([200, 500]);
  });

  it('refuses a context of more than 16 KB: it is stored with each of 500 events', async () => {
    const context = (size: number) => ({
      context: { a: 'x'.repeat(size / 4), b: '\u20ac'.repeat(size / 4) },
      events: [viewed()],
    });
    const over = await post(context(17_000));
    expect([over.status, over.problem, over.body.errors?.[0]?.pointer]).toEqual([422, 'invalid', '/context']);
    expect((await post(context(16_000))).body.accepted).toBe(1);
  });

  it('refuses 31 placements', async () => {
    const answer = await post({ placements: Array.from({ length: 31 }, (_, i) => `p${i}`) }, {}, 'interact');
    expect([answer.status, answer.problem, answer.body.errors?.[0]?.pointer]).toEqual([422, 'invalid', '/placements']);
  });
});

describe('compressed bodies', () => {
  const gzipped = { 'content-encoding': 'gzip' };

  it('takes gzip', async () => {
    const answer = await post(gzipSync(JSON.stringify({ events: [viewed(), viewed()] })), gzipped);
    expect(answer.body.accepted).toBe(2);
  });

  it('takes gzip named in capitals, and identity', async () => {
    expect(
      (await post(gzipSync(JSON.stringify({ events: [viewed()] })), { 'content-encoding': 'GZIP' })).body.accepted,
    ).toBe(1);
    expect((await post(JSON.stringify({ events: [viewed()] }), { 'content-encoding': 'identity' })).body.accepted).toBe(
      1,
    );
  });

  it('cuts a gzip bomb off while it unpacks', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(512 * 1024);
    const started = performance.now();
    const answer = await post(bomb, gzipped);
    expect([answer.status, answer.problem]).toEqual([413, 'tooLarge']);
    expect(performance.now() - started).toBeLessThan(6000);
  });

  it.each([
    ['that is no gzip at all', bytes('{"events":[]}')],
    [
      'that is cut off',
      gzipSync(JSON.stringify({ events: Array.from({ length: 50 }, () => viewed(unique('p'))) })).subarray(0, -20),
    ],
    [
      'with a broken checksum',
      (() => {
        const zipped = gzipSync(JSON.stringify({ events: [] }));
        zipped[zipped.length - 6] = (zipped[zipped.length - 6] ?? 0) ^ 255;
        return zipped;
      })(),
    ],
    ['that is empty', new Uint8Array(0)],
  ])('refuses gzip %s', async (_, body) => {
    const answer = await post(new Uint8Array(body), gzipped);
    expect(answer.status).toBe(400);
    expect(['badRequest', 'malformedJson']).toContain(answer.problem);
  });

  it.each(['br', 'deflate', 'zstd', 'gzip, gzip'])('refuses the encoding %s', async (encoding) => {
    const answer = await post(bytes('{"events":[]}'), { 'content-encoding': encoding });
    expect([answer.status, answer.problem]).toEqual([415, 'unsupportedMediaType']);
  });
});

describe('content types', () => {
  const json = () => JSON.stringify({ key: WRITE_KEY.web, events: [viewed()] });

  it.each([
    ['text/plain, which needs no preflight', 'text/plain;charset=UTF-8'],
    ['application/json', 'application/json'],
    ['a form type', 'application/x-www-form-urlencoded'],
    ['anything', 'x-made/up'],
  ])('takes JSON under %s', async (_, type) => {
    const answer = await shop.send('/v1/collect', {
      headers: { origin: ORIGIN.web, 'content-type': type },
      body: json(),
    });
    expect([answer.status, answer.body.accepted]).toEqual([200, 1]);
  });

  it('takes JSON without a content type', async () => {
    const answer = await shop.send('/v1/collect', { headers: { origin: ORIGIN.web }, body: bytes(json()) });
    expect([answer.status, answer.body.accepted]).toEqual([200, 1]);
  });

  it('takes the Blob that a beacon sends', async () => {
    const answer = await shop.send('/v1/collect', {
      headers: { origin: ORIGIN.web },
      body: new Blob([json()], { type: 'text/plain' }),
    });
    expect([answer.status, answer.body.accepted]).toEqual([200, 1]);
  });
});

describe('names that could reach a prototype', () => {
  it.each(['__proto__', 'constructor', 'prototype'])(
    '%s is refused at the top level and in the context',
    async (name) => {
      for (const body of [
        `{"events":[],"${name}":{"polluted":1}}`,
        `{"events":[],"context":{"${name}":{"polluted":1}}}`,
      ]) {
        const answer = await post(body);
        expect([answer.status, answer.problem, answer.body.errors?.[0]?.code]).toEqual([
          422,
          'invalid',
          'forbiddenKey',
        ]);
      }
    },
  );

  it.each(['__proto__', 'constructor', 'prototype'])('%s in an event costs only that event', async (name) => {
    const time = new Date().toISOString();
    const bad = (inside: string) => `{"id":"${unique('x')}","type":"custom.x","occurredAt":"${time}",${inside}}`;
    const answer = await post(
      `{"events":[${bad(`"data":{"a":{"${name}":{"admin":true}}}`)},${bad(`"${name}":{"sentBy":"server"},"data":{}`)},${bad(`"data":{},"context":{"${name}":1}`)},${JSON.stringify(viewed())}]}`,
    );
    expect([answer.status, answer.body.accepted]).toEqual([200, 1]);
    expect(codes(answer)).toEqual({ 0: 'forbiddenKey', 1: 'forbiddenKey', 2: 'forbiddenKey' });
  });

  it('takes harmless names that only look like members of every object', async () => {
    const answer = await post({ events: [event('custom.x', { toString: 'a', hasOwnProperty: 'b', valueOf: 1 })] });
    expect(answer.body.accepted).toBe(1);
  });
});

/** Raw HTTP, for what fetch would not send. `open`: the body never ends. */
function rawPost(headers: Headed, body: string, open = false): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${shop.platform.url}/v1/collect?key=${WRITE_KEY.web}`,
      { method: 'POST', headers: { origin: ORIGIN.web, 'user-agent': BROWSER, ...headers } },
      (incoming) => {
        resolve({ status: incoming.statusCode ?? 0 });
        outgoing.destroy();
      },
    );
    outgoing.on('error', reject);
    if (open) outgoing.write(body);
    else outgoing.end(body);
  });
}
