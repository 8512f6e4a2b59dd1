import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Who sits before the provider's sign-in page. */
export interface Person {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** How an answer is to be wrong. */
export interface Twist {
  /** Over the claims of the next tokens; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Who a code is about, where it is not `person`. */
  readonly subjectOf?: (code: string | null) => string | undefined;
  /** Signs with it in place of the provider's own key. */
  readonly sign?: (payload: JWTPayload) => Promise<string>;
  /** Over the discovery document. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** Path → what to answer in place of the right thing. */
  readonly answers?: Readonly<Record<string, (response: ServerResponse) => void>>;
}

export interface OidcProvider {
  /** Its issuer, without a slash at the end. */
  readonly url: string;
  /** Paths that were asked for, in their order. */
  readonly asked: string[];
  person: Person;
  twist: Twist;
  /** Signs as it signs ID tokens. */
  sign(payload: JWTPayload, alg?: string): Promise<string>;
  /** From now on with another key, under another kid. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
}

interface Begun {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export const CLIENT = { id: 'selvedge & co', secret: 'a b+c:d%' };

/** A small provider of OpenID Connect on a socket of its own, which lets everybody in as `person` and checks what the standard tells it to. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const codes = new Map<string, Begun>();
  const tokens = new Map<string, Person>();
  let key = await newKey();

  const provider: OidcProvider = {
    url: '',
    asked: [],
    person: { sub: 'nobody' },
    twist: {},
    sign: (payload, alg = 'ES256') =>
      new SignJWT(payload).setProtectedHeader({ alg, kid: key.jwk.kid ?? '' }).sign(key.privateKey),
    async rotateKeys() {
      key = await newKey();
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', provider.url);
    provider.asked.push(url.pathname);
    const instead = provider.twist.answers?.[url.pathname];
    if (instead) return instead(response);
    const send = (status: number, body: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return send(200, {
          issuer: provider.url,
          authorization_endpoint: `${provider.url}/authorize`,
          token_endpoint: `${provider.url}/token`,
          jwks_uri: `${provider.url}/jwks`,
          userinfo_endpoint: `${provider.url}/userinfo`,
          ...provider.twist.document,
        });
      case '/authorize': {
        const { searchParams: params } = url;
        const redirectUri = params.get('redirect_uri') ?? '';
        if (params.get('client_id') !== CLIENT.id || params.get('response_type') !== 'code') return send(400, {});
        if (params.get('code_challenge_method') !== 'S256') return send(400, {});
        const code = randomUUID();
        const [nonce, challenge] = [params.get('nonce') ?? '', params.get('code_challenge') ?? ''];
        codes.set(code, { nonce, challenge, redirectUri });
        const back = new URL(redirectUri);
        back.searchParams.set('code', code);
        back.searchParams.set('state', params.get('state') ?? '');
        back.searchParams.set('iss', provider.url);
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/token': {
        const form = new URLSearchParams(await textOf(request));
        const begun = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const [id, secret] = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64')
          .toString()
          .split(':')
          .map((part: string) => new URLSearchParams(`x=${part}`).get('x'));
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        const isFine = begun && begun.challenge === challenge && begun.redirectUri === form.get('redirect_uri');
        if (!isFine || id !== CLIENT.id || secret !== CLIENT.secret) return send(400, { error: 'invalid_grant' });
        const seconds = Math.floor(Date.now() / 1000);
        const subject = provider.twist.subjectOf?.(form.get('code'));
        const claims: JWTPayload = {
          iss: provider.url,
          aud: CLIENT.id,
          iat: seconds,
          exp: seconds + 300,
          nonce: begun.nonce,
          ...provider.person,
          ...(subject === undefined ? {} : { sub: subject }),
          ...provider.twist.claims,
        };
        const access = randomUUID();
        tokens.set(access, provider.person);
        const sign = provider.twist.sign ?? ((payload) => provider.sign(payload));
        return send(200, { token_type: 'Bearer', access_token: access, id_token: await sign(claims) });
      }
      case '/userinfo': {
        const person = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
        return person ? send(200, { ...person, ...(person.userinfo as object | undefined) }) : send(401, {});
      }
      case '/jwks':
      case '/cdn-cgi/access/certs':
        return send(200, { keys: [key.jwk] });
      default:
        return send(404, {});
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(provider, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return provider;
}

async function newKey(): Promise<{ readonly privateKey: CryptoKey; readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
