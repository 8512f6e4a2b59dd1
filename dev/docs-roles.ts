import { limit } from '../core/lib/limits.ts';
import { OPERATOR_ROLES } from '../core/ruleset/operator-rights.ts';
import { ADMIN_OPERATIONS } from '../worker/admin/admin-app.ts';
import { PERMISSIONS, type Permission, ROLES, SCOPES } from '../worker/admin/roles.ts';

type Table = (rows: readonly (readonly string[])[]) => string;

/** Who may what, from the tables that the operator API goes by. A test asks the API about every cell of the last one. */
export function rolesPage(table: Table): string {
  const permissions = Object.entries(PERMISSIONS) as [Permission, string][];
  const marks = (needs: Permission) => OPERATOR_ROLES.map((role) => (ROLES[role].may.has(needs) ? 'yes' : ''));
  return `# Who may what

Every operator of the API has one role, with a token as with a [sign-in](sign-in.md). What it may not do is answered with 403 \`forbidden\`, which names the roles that may; nothing of the request is read
before that.

${table([['role', 'is for'], ...OPERATOR_ROLES.map((role) => [`\`${role}\``, ROLES[role].is])])}

## Tokens

- A token is \`personal\` or of a \`service\`, has a role, may be limited to some parts of the API (\`scopes\`: ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}) and to a
  time (\`expiresAt\`). It is shown once; only its SHA-256 is stored. \`GET /v1/admin/me\` says what the token one has is good for.
- \`POST /v1/admin/operators\` makes one, \`PUT …/{name}\` gives it other rights, \`POST …/{name}/rotate\` replaces the token at once, \`DELETE …/{name}\` revokes it at once. Each is in the
  audit with the rights before and after. The list shows the day of the last use.
- Nobody makes, changes or rotates a token that may do more than their own, is less limited, or is good for longer. Revoking is always allowed to who holds \`operators\`.
- The token behind \`BOOTSTRAP_TOKEN_HASH\` is an owner called \`bootstrap\`, for the first start: with it the first owner is made or invited. Take it out of the secrets
  afterwards; it comes back with a deployment. Tokens that were made before there were roles are owners until somebody changes them:
  \`GET /v1/admin/operators\` shows which.
- Unknown, revoked and expired tokens get the same 401 \`unknownToken\`. After ${limit('wrongOperatorTokens')} different wrong ones from one address (of IPv6: one network of 64 bits) within ${limit('wrongOperatorTokenMs') / 60_000} minutes, all
  requests from there get 429 \`limited\` with \`Retry-After\` until the window ends, right tokens too. A program that repeats one revoked token does not lock its network out. The count is in the
  memory of each isolate: it saves work; what keeps tokens from being guessed is their 256 random bits. Wrong codes and answers of a sign-in count like wrong tokens; a cookie that is over
  does not, so that an office full of them is not locked out.
- ${limit('operatorCallsPerMinute')} requests a minute are taken of one operator, and from one address (binding \`OPERATOR_LIMIT\`); the next get 429 with \`Retry-After\`.

## Personal data

Looking people up, exporting and changing them needs \`personal\`, \`people\` or \`erase\`. A role without \`personal\` may explain a profile only by its opaque id, gets \`•••\` for values that come of
attributes or event fields with the labels identity, contact, name, address, freeText, location or sensitive, and may not try rules of its own on them. Every look at a
person, explaining included, is in the audit with who looked and what at, by the opaque profile id.

## Permissions

${table([['permission', 'is for', ...OPERATOR_ROLES], ...permissions.map(([name, is]) => [`\`${name}\``, is, ...marks(name)])])}

## Operations

${table([['operation', 'scope', 'needs', ...OPERATOR_ROLES], ...ADMIN_OPERATIONS.map(({ id, tag, needs }) => [`\`${id}\``, tag, needs, ...marks(needs)])])}
`;
}
