/** Pure CPU work: each case runs n times inside one request; the caller times it from outside. */

import { createHmac } from 'node:crypto';
import { config } from 'zod';
import { decodeColumns, encodeColumns, toColumns, toState } from './columns.ts';
import { envelopeSchema, parseByHand, sampleEnvelope } from './envelope.ts';
import { sampleState } from './sample.ts';

export type Case = (n: number) => number | Promise<number>;

const state = sampleState(500, 40, 200);
const json = JSON.stringify(state);
const columns = toColumns(state);
const bytes = encodeColumns(columns);
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();
const jsonBytes = utf8.encode(json);

export const sizes = {
  json: jsonBytes.length,
  columns: bytes.length,
  same: JSON.stringify(toState(decodeColumns(bytes))) === json,
};

const secret = new Uint8Array(32).fill(9);
const token = 'v1.0192f3a47b1c7e559a3e0c1d2e3f4a5b.1790000000';
const tokenBytes = utf8.encode(token.slice(0, 44).padEnd(44, '0'));
const algorithm = { name: 'HMAC', hash: 'SHA-256' };

const jit = envelopeSchema();
let jitless: ReturnType<typeof envelopeSchema> | undefined;

function jitlessSchema(): ReturnType<typeof envelopeSchema> {
  if (!jitless) {
    config({ jitless: true });
    jitless = envelopeSchema();
    jitless.safeParse(sampleEnvelope);
    config({ jitless: false });
  }
  return jitless;
}

function repeat(work: () => number): Case {
  return (n) => {
    let sink = 0;
    for (let i = 0; i < n; i++) sink += work();
    return sink;
  };
}

export const cpuCases: Readonly<Record<string, Case>> = {
  'json encode': repeat(() => JSON.stringify(state).length),
  'json encode to bytes': repeat(() => utf8.encode(JSON.stringify(state)).length),
  'json decode': repeat(() => (JSON.parse(json) as typeof state).events.length),
  'json decode from bytes': repeat(() => (JSON.parse(fromUtf8.decode(jsonBytes)) as typeof state).events.length),
  'structuredClone (copy only)': repeat(() => structuredClone(state).events.length),
  'columns encode from objects': repeat(() => encodeColumns(toColumns(state)).length),
  'columns encode, resident columns': repeat(() => encodeColumns(columns).length),
  'columns decode to columns': repeat(() => decodeColumns(bytes).at.length),
  'columns decode to objects': repeat(() => toState(decodeColumns(bytes)).events.length),
  'hmac node:crypto': repeat(() => createHmac('sha256', secret).update(tokenBytes).digest().length),
  'hmac subtle, key imported once': async (n) => {
    const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
    let sink = 0;
    for (let i = 0; i < n; i++) sink += (await crypto.subtle.sign('HMAC', key, tokenBytes)).byteLength;
    return sink;
  },
  'hmac subtle, key imported each time': async (n) => {
    let sink = 0;
    for (let i = 0; i < n; i++) {
      const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
      sink += (await crypto.subtle.sign('HMAC', key, tokenBytes)).byteLength;
    }
    return sink;
  },
  'zod safeParse, default': repeat(() => (jit.safeParse(sampleEnvelope).success ? 1 : 0)),
  'zod safeParse, jitless': (n) => {
    const schema = jitlessSchema();
    let sink = 0;
    for (let i = 0; i < n; i++) sink += schema.safeParse(sampleEnvelope).success ? 1 : 0;
    return sink;
  },
  'zod schema construction': repeat(() => (envelopeSchema().def.type === 'object' ? 1 : 0)),
  'envelope check by hand': repeat(() => (parseByHand(sampleEnvelope) ? 1 : 0)),
};
