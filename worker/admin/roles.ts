import { OPERATOR_ROLES, type OperatorRights, type OperatorRole } from '../../core/ruleset/operator-rights.ts';
import { KINDS } from '../../core/ruleset/resources.ts';

/** What an operation may need. Each operation names one; the docs print this table. */
export const PERMISSIONS = {
  self: 'Ask what the token is good for, and look after the own sessions',
  read: 'See what is configured and published, and have rules and drafts checked',
  reports: 'See counts and results: nobody is named in them',
  explain: 'See why a profile is in a segment or was shown an offer. Without `personal`: by profile id, and masked',
  members: 'See which profiles are in a segment, or would enter or leave it: by profile id',
  edit: 'Change drafts and change sets, and make preview links',
  publish: 'Make drafts, change sets or an imported catalogue live, approve, schedule, freeze, and roll back',
  personal: 'See personal data: look people up by any id, export them, explain without masks',
  people: 'Link, unlink and split people',
  erase: 'Erase people',
  audit: 'Read and verify the audit',
  credentials: 'Change sources with their keys and make server keys: who holds one speaks for anybody',
  operations: 'Compare and mend archive and counts',
  operators: 'Invite people, make, change, rotate and revoke tokens, and end anybody’s session',
} as const;
export type Permission = keyof typeof PERMISSIONS;

const VIEWER = ['self', 'read'] as const;
const ANALYST = [...VIEWER, 'reports', 'explain'] as const;
const EDITOR = [...ANALYST, 'members', 'edit'] as const;
const PUBLISHER = [...EDITOR, 'publish', 'audit'] as const;
const PRIVACY = [...ANALYST, 'members', 'personal', 'people', 'erase', 'audit'] as const;
const OWNER = Object.keys(PERMISSIONS) as readonly Permission[];

/** The one table of who may what. */
export const ROLES: Readonly<Record<OperatorRole, { readonly is: string; readonly may: ReadonlySet<Permission> }>> = {
  viewer: { is: 'Looks at what is configured', may: new Set(VIEWER) },
  analyst: { is: 'Reads reports and explains segments, without personal data', may: new Set(ANALYST) },
  editor: { is: 'Writes drafts', may: new Set(EDITOR) },
  publisher: { is: 'Writes drafts and makes them live', may: new Set(PUBLISHER) },
  privacy: { is: 'Answers people who ask about their data: the privacy officer', may: new Set(PRIVACY) },
  owner: { is: 'May do everything', may: new Set(OWNER) },
};

/** Parts of the operator API that a token can be limited to: the tags of the operations. */
export const SCOPES = [
  ...Object.values(KINDS).map(({ plural }) => plural),
  'audit',
  'catalogue',
  'changeSets',
  'decisions',
  'live',
  'operations',
  'operators',
  'people',
  'profiles',
  'publishing',
  'reports',
  'resources',
  'rules',
  'sweeps',
] as const;

/** The roles that hold a permission, from the least to the most. */
export function rolesWith(permission: Permission): readonly OperatorRole[] {
  return OPERATOR_ROLES.filter((role) => ROLES[role].may.has(permission));
}

/** What keeps a token from an operation; null: nothing. */
export function refusalOf(
  { role, scopes }: Pick<OperatorRights, 'role' | 'scopes'>,
  { needs, tag }: { readonly needs: Permission; readonly tag: string },
): { readonly detail: string; readonly members: Readonly<Record<string, unknown>> } | null {
  const roles = rolesWith(needs);
  if (!ROLES[role].may.has(needs)) {
    const detail = `This needs the role ${orList(roles)}; this token has the role ${role}.`;
    return { detail, members: { needs, roles } };
  }
  // Who one is can always be asked.
  if (needs === 'self' || scopes === null || scopes.includes(tag)) return null;
  const detail = `This token is limited to ${scopes.join(', ') || 'nothing'}; this belongs to ${tag}.`;
  return { detail, members: { needs, scope: tag } };
}

/** Nobody gives away more than they have: neither what it may do, nor for how long. */
export function isWithin(wanted: OperatorRights, own: OperatorRights): boolean {
  const { may } = ROLES[own.role];
  const scopes = own.scopes === null ? null : new Set(own.scopes);
  const isRole = [...ROLES[wanted.role].may].every((permission) => may.has(permission));
  const isScoped = scopes === null || (wanted.scopes?.every((scope) => scopes.has(scope)) ?? false);
  const isTimed = own.expiresAt === null || (wanted.expiresAt !== null && wanted.expiresAt <= own.expiresAt);
  return isRole && isScoped && isTimed;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
