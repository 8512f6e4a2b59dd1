/** A provider of OpenID Connect: everything else is in its discovery document. */
export interface OidcSettings {
  /** As its discovery document says it, to the letter. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which PKCE protects alone. */
  readonly clientSecret: string | null;
}

/** Cloudflare Access stands before the Worker and says with each request who asks. */
export interface AccessSettings {
  /** `https://<team>.cloudflareaccess.com`. */
  readonly issuer: string;
  /** The audience tag of the application. */
  readonly audience: string;
}

/** How people sign in; null: not that way. */
export interface SignInSettings {
  readonly oidc: OidcSettings | null;
  readonly access: AccessSettings | null;
}

/** How to get each: docs/reference/sign-in.md. */
export interface SignInEnv {
  /** As `issuer` stands in the provider's discovery document. */
  readonly OIDC_ISSUER?: string;
  readonly OIDC_CLIENT_ID?: string;
  readonly OIDC_CLIENT_SECRET?: string;
  /** `acme` of `acme.cloudflareaccess.com`. */
  readonly ACCESS_TEAM?: string;
  /** AUD tag of the Access application. */
  readonly ACCESS_AUDIENCE?: string;
}

/** What the environment says; half a configuration is none: the edge must not fall over it. */
export function signInSettingsOf(env: SignInEnv): SignInSettings {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, ACCESS_TEAM: team, ACCESS_AUDIENCE: audience } = env;
  return {
    oidc: issuer && clientId ? { issuer, clientId, clientSecret: env.OIDC_CLIENT_SECRET || null } : null,
    access: team && audience ? { issuer: accessIssuer(team), audience } : null,
  };
}

/** `acme`, `acme.cloudflareaccess.com` and the whole address are one. */
function accessIssuer(team: string): string {
  if (URL.canParse(team)) return new URL(team).origin;
  return `https://${team.includes('.') ? team : `${team}.cloudflareaccess.com`}`;
}
