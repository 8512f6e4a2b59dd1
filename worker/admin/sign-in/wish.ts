import { z } from 'zod';
import { parseSpace, type Space } from '../../../core/lib/ids.ts';

/** A command line that waits on the person's own machine for the code of a session. */
export interface WaitingCli {
  readonly port: number;
  /** SHA-256 (base64url) of a secret that it keeps. */
  readonly challenge: string;
  /** Tells it that the answer is to its own question. */
  readonly state: string;
}

/** What somebody wants who comes to sign in. */
export interface SignInWish {
  readonly space: Space;
  /** Where to go then: a path of this origin. */
  readonly returnTo: string;
  readonly cli: WaitingCli | null;
}

export const wishQuery = z.strictObject({
  space: z.string().default('main').meta({ description: 'Where to sign in' }),
  return: z
    .string()
    .max(1024)
    .default('/v1/admin/me')
    .meta({ description: 'Where to go then: a path of this deployment, never another address' }),
  cliPort: z.coerce.number().int().min(1024).max(65_535).exactOptional(),
  cliChallenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .exactOptional(),
  cliState: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,128}$/)
    .exactOptional(),
});

/** null: it does not say what it must, or leads away from here. */
export function parseWish(params: URLSearchParams, origin: string): SignInWish | null {
  const parsed = wishQuery.safeParse(Object.fromEntries(params));
  if (!parsed.success) return null;
  const { return: returnTo, cliPort: port, cliChallenge: challenge, cliState: state } = parsed.data;
  const space = parseSpace(parsed.data.space);
  if (space === null || !isOwnPath(returnTo, origin)) return null;
  if (port === undefined && challenge === undefined && state === undefined) return { space, returnTo, cli: null };
  if (port === undefined || challenge === undefined || state === undefined) return null;
  return { space, returnTo, cli: { port, challenge, state } };
}

/** Browsers read backslashes as slashes and leave out tabs and line ends, so only what is plainly a path is one. */
export function isOwnPath(path: string, origin: string): boolean {
  if (!/^\/(?!\/)[\x21-\x7e]*$/.test(path) || path.includes('\\')) return false;
  return URL.canParse(path, origin) && new URL(path, origin).origin === origin;
}
