import type { OperatorRole } from '../../core/ruleset/operator-rights.ts';
import { type AdminHarness, type Operator, startAdminHarness } from './admin-harness.ts';
import { type Browser, createBrowser } from './browser.ts';
import { CLIENT, type OidcProvider, startOidcProvider } from './oidc-provider.ts';

export const SESSION_COOKIE = '__Host-selvedge_operator';

/** Somebody who is signed in. */
export interface SignedIn extends Browser {
  readonly name: string;
  /** Below `/v1/admin`. */
  readonly at: (path: string) => string;
}

export interface SignInHarness extends AdminHarness {
  readonly provider: OidcProvider;
  /** Invites a person into the space of an owner, who then signs in. */
  signedIn(owner: Operator, role: OperatorRole, more?: object): Promise<SignedIn>;
}

/** The operator API with a provider that lets everybody in. */
export async function startSignInHarness(): Promise<SignInHarness> {
  const provider = await startOidcProvider();
  const harness = await startAdminHarness({
    OIDC_ISSUER: provider.url,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
  });
  let serial = 0;
  const at = (path: string) => `${harness.origin}/v1/admin${path}`;
  return {
    ...harness,
    provider,
    async signedIn(owner, role, more = {}) {
      const name = `person-${++serial}`;
      const email = `${name}@example.org`;
      const made = await owner.call('POST', '/operators', { name, role, email, ...more });
      if (made.status !== 201) throw new Error(`not invited: ${JSON.stringify(made.body)}`);
      provider.person = { sub: name, email, email_verified: true };
      const browser = createBrowser();
      const me = await browser.visit(at(`/sign-in?space=${owner.space}`), { 'user-agent': `Browser of ${name}` });
      if (me.status !== 200) throw new Error(`not signed in: ${await me.text()}`);
      return { ...browser, name, at };
    },
    async stop() {
      await harness.stop();
      await provider.stop();
    },
  };
}
