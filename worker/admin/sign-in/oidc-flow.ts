import { z } from 'zod';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import { sha256Base64Url } from '../../sha256.ts';
import type { OidcSettings } from '../../sign-in-settings.ts';
import { type Assertion, type AssertionProblem, parseEmail, readIdToken, verifiedEmail } from './assertion.ts';
import type { BegunSignIn } from './begun-sign-in.ts';
import { fetchJson } from './fetch-json.ts';
import type { Asking, Discovery, Providers } from './providers.ts';

const tokens = z.object({ id_token: z.string().max(16_384), access_token: z.string().max(16_384).optional() });
const userinfo = z.looseObject({ sub: z.string() });

/** Where to send the browser: authorization code with PKCE, state and nonce. */
export async function authorizationUrl(
  { clientId }: OidcSettings,
  { authorization_endpoint }: Discovery,
  redirectUri: string,
  { state, nonce, verifier, cli }: BegunSignIn,
): Promise<string> {
  const url = new URL(authorization_endpoint);
  const params = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await sha256Base64Url(verifier),
    code_challenge_method: 'S256',
    // A command line gets nothing that the person did not see.
    ...(cli ? { prompt: 'select_account' } : {}),
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

/** Changes the code for an ID token and reads who it is about. */
export async function takeCode(
  code: string,
  settings: OidcSettings,
  document: Discovery,
  redirectUri: string,
  { verifier, nonce }: BegunSignIn,
  providers: Providers,
  asking: Asking,
): Promise<Result<Assertion, AssertionProblem>> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
  const { clientId, clientSecret } = settings;
  const methods = document.token_endpoint_auth_methods_supported;
  if (clientSecret !== null && methods.includes('client_secret_basic')) {
    headers.authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;
  } else {
    body.set('client_id', clientId);
    if (clientSecret !== null) body.set('client_secret', clientSecret);
  }
  const answer = await fetchJson(document.token_endpoint, asking.isLocal, {
    method: 'POST',
    headers,
    body: body.toString(),
  });
  if (!answer.ok) return answer;
  const parsed = tokens.safeParse(answer.value);
  if (!parsed.success) return err('badDocument');
  const { id_token, access_token } = parsed.data;
  const read = await readIdToken(id_token, settings, document, nonce, providers, asking);
  if (!read.ok || read.value.email !== null || access_token === undefined) return read;
  return ok({ ...read.value, email: await emailFromUserinfo(read.value, document, access_token, asking) });
}

/** Some providers keep ID tokens thin and tell the address only when they are asked. */
async function emailFromUserinfo(
  { identity }: Assertion,
  { userinfo_endpoint: endpoint }: Discovery,
  accessToken: string,
  { isLocal }: Asking,
): Promise<string | null> {
  if (endpoint === undefined) return null;
  const answer = await fetchJson(endpoint, isLocal, { headers: { authorization: `Bearer ${accessToken}` } });
  const parsed = userinfo.safeParse(answer.ok ? answer.value : null);
  // An answer about somebody else is none.
  if (!parsed.success || parsed.data.sub !== identity.subject) return null;
  return parseEmail(verifiedEmail(parsed.data));
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
