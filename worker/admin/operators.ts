import { z } from 'zod';
import { type Instant, isSlug } from '../../core/lib/ids.ts';
import { formatInstant, parseInstant } from '../../core/lib/instant.ts';
import { OPERATOR_ROLES, type OperatorRights, TOKEN_KINDS } from '../../core/ruleset/operator-rights.ts';
import type { OperatorChange } from '../../core/ruleset/publisher-rpc.ts';
import type { ProblemItem } from '../http/problem.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { mintKey } from './mint-key.ts';
import { BOOTSTRAP } from './operator-auth.ts';
import { refused } from './publisher-answer.ts';
import { isWithin, PERMISSIONS, type Permission, ROLES, SCOPES } from './roles.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';

const name = z
  .string()
  .refine(
    (text) => isSlug(text) && text !== BOOTSTRAP,
    'lower-case letters, digits and dashes, 1-32 long, and not bootstrap',
  );
const expiresAt = z
  .string()
  .max(40)
  .nullable()
  .meta({ description: 'ISO 8601 with an offset; null: good until it is revoked' });
const role = z.enum(OPERATOR_ROLES);
const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .nullable()
  .meta({ description: 'Tags of the operations that it is limited to; null: all that the role may do' });

const email = z.email().max(254).toLowerCase();

const rights = { kind: z.enum(TOKEN_KINDS), role, scopes: z.array(z.string()).nullable(), expiresAt };
const operator = z
  .object({
    name: z.string(),
    ...rights,
    createdAt: z.string(),
    createdBy: z.string(),
    lastUsedDay: z.string().nullable(),
    revokedAt: z.string().nullable(),
    email: z
      .string()
      .nullable()
      .meta({ description: 'Whose owner may sign in as this operator; null: it has a token alone' }),
    linkedTo: z.string().nullable().meta({
      description:
        'The identity provider that it signed in with first: from then on it is that person there, whatever address they have',
    }),
    hasToken: z.boolean(),
  })
  .meta({ id: 'Operator' });
const minted = z
  .object({
    name: z.string(),
    ...rights,
    token: z.string().nullable().meta({ description: 'Shown this once; null: invited, and signs in' }),
  })
  .meta({ id: 'MintedToken' });

/** Tokens: who may use this API, and for what. Nobody can give away more than they have. */
export const operatorRoutes: readonly Route[] = [
  route(
    {
      id: 'readMyself',
      method: 'get',
      path: '/me',
      tag: 'operators',
      needs: 'self',
      summary: 'Whose token this is, and what it is good for',
      responses: {
        200: z.object({
          name: z.string(),
          space: z.string(),
          ...rights,
          session: z.string().nullable().meta({ description: 'The sign-in that this is part of; null: a token' }),
          permissions: z.array(z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]])),
        }),
      },
      problems: COMMON_PROBLEMS,
    },
    async ({ operator: { space, name: called, session, ...own } }) => ({
      status: 200,
      body: { name: called, space, ...presentRights(own), session, permissions: [...ROLES[own.role].may] },
    }),
  ),
  route(
    {
      id: 'createOperator',
      method: 'post',
      path: '/operators',
      tag: 'operators',
      needs: 'operators',
      summary:
        'Name an operator, or a program, and make a token, shown this once; or invite a person to sign in, by e-mail address',
      body: z.strictObject({
        name,
        role,
        kind: z.enum(TOKEN_KINDS).default('personal'),
        scopes: scopes.default(null),
        expiresAt: expiresAt.default(null),
        email: email
          .exactOptional()
          .meta({ description: 'Invites whoever proves to an identity provider that it is theirs; no token is made' }),
      }),
      responses: { 201: minted },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'conflict'],
    },
    async (call) => {
      const { name: called, email: address, ...wanted } = call.body;
      if (address === undefined) return mint(call, 'create', called, wanted);
      if (wanted.kind === 'personal') return invite(call, called, address, wanted);
      return invalid({ pointer: '/email', code: 'service', detail: 'a program has a token and no e-mail address' });
    },
  ),
  route(
    {
      id: 'listOperators',
      method: 'get',
      path: '/operators',
      tag: 'operators',
      needs: 'operators',
      summary: 'List operators by name, revoked ones too',
      responses: { 200: z.object({ items: z.array(operator) }) },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => ({
      status: 200,
      body: { items: (await services.operators.list(space)).map(presentOperator) },
    }),
  ),
  route(
    {
      id: 'changeOperator',
      method: 'put',
      path: '/operators/{name}',
      tag: 'operators',
      needs: 'operators',
      summary: 'Give the token of an operator another role, other scopes or another end; the token stays',
      body: z.strictObject({ role, scopes: scopes.default(null), expiresAt: expiresAt.default(null) }),
      responses: { 200: operator },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound'],
    },
    async (call) => {
      const present = await presentOf(call);
      if (!present) return { problem: 'notFound' };
      const wanted = wantedRights(call, { ...call.body, kind: present.kind }, present);
      if ('problem' in wanted) return wanted;
      const done = await set(call, present.name, { kind: 'change', rights: wanted });
      return done ?? { status: 200, body: presentOperator({ ...present, ...wanted }) };
    },
  ),
  route(
    {
      id: 'rotateOperator',
      method: 'post',
      path: '/operators/{name}/rotate',
      tag: 'operators',
      needs: 'operators',
      summary: 'Make another token with the same rights, shown this once; the one of before ends at once',
      body: z.strictObject({
        expiresAt: expiresAt.exactOptional().meta({ description: 'Left out: as it was; needed where that is over' }),
      }),
      bodyOptional: true,
      responses: { 201: minted },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound'],
    },
    async (call) => {
      const present = await presentOf(call);
      if (!present) return { problem: 'notFound' };
      const { kind, role: is, scopes: to } = present;
      const ends = call.body.expiresAt;
      const until = ends === undefined ? present.expiresAt && formatInstant(present.expiresAt) : ends;
      return mint(call, 'rotate', present.name, { kind, role: is, scopes: to, expiresAt: until }, present);
    },
  ),
  route(
    {
      id: 'revokeOperator',
      method: 'delete',
      path: '/operators/{name}',
      tag: 'operators',
      needs: 'operators',
      summary: 'Revoke the token of an operator, at once',
      responses: { 204: null },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async (call) => (await set(call, call.param('name'), { kind: 'revoke' })) ?? { status: 204 },
  ),
];

type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'actor' | 'operator'>;
type Problem = Extract<AdminAnswer, { readonly problem: unknown }>;
type Operator = NonNullable<Awaited<ReturnType<AdminServices['operators']['find']>>>;
type Wanted = Omit<OperatorRights, 'expiresAt'> & { readonly expiresAt: string | null };

async function presentOf({ services, space, param }: Pick<Call<Operation>, 'services' | 'space' | 'param'>) {
  const found = await services.operators.find(space, param('name'));
  return found?.revokedAt === null ? found : null;
}

async function mint(
  call: AnyCall,
  kind: 'create' | 'rotate',
  called: string,
  wanted: Wanted,
  present: Operator | null = null,
): Promise<AdminAnswer> {
  const checked = wantedRights(call, wanted, present);
  if ('problem' in checked) return checked;
  const token = mintKey('op', call.space, call.services.randomBytes);
  const done = await set(call, called, { kind, hash: await call.services.sha256(token), rights: checked });
  return done ?? { status: 201, body: { name: called, ...presentRights(checked), token } };
}

async function invite(call: AnyCall, called: string, address: string, wanted: Wanted): Promise<AdminAnswer> {
  const checked = wantedRights(call, wanted, null);
  if ('problem' in checked) return checked;
  const done = await set(call, called, { kind: 'invite', email: address, rights: checked });
  return done ?? { status: 201, body: { name: called, ...presentRights(checked), token: null } };
}

/** Rights that the caller may give; whoever has more than the caller is not the caller's to change. */
function wantedRights({ services, operator: own }: AnyCall, wanted: Wanted, present: Operator | null) {
  const ends = wanted.expiresAt === null ? null : parseInstant(wanted.expiresAt);
  if (wanted.expiresAt !== null && (ends === null || ends <= services.now()))
    return invalid({ pointer: '/expiresAt', code: 'format', detail: 'a time to come, in ISO 8601 with an offset' });
  const made: OperatorRights = { ...wanted, expiresAt: ends as Instant | null };
  if (isWithin(made, own) && (present === null || isWithin(present, own))) return made;
  const detail = 'Nobody can make or change a token that may do more, or for longer, than their own.';
  return { problem: 'forbidden', extras: { detail } } satisfies Problem;
}

function invalid(error: ProblemItem): Problem {
  return { problem: 'invalid', extras: { errors: [error] } };
}

async function set({ services, space, actor }: AnyCall, called: string, change: OperatorChange) {
  const done = await services.publisher(space).setOperator({ actor, name: called, change });
  return done.ok ? null : refused(done.error);
}

function presentRights({ kind, role: is, scopes: to, expiresAt: ends }: OperatorRights) {
  return { kind, role: is, scopes: to, expiresAt: ends && formatInstant(ends) };
}

function presentOperator({
  name: called,
  createdAt,
  createdBy,
  lastUsedDay,
  revokedAt,
  email: address,
  identity,
  hasToken,
  ...own
}: Operator) {
  return {
    name: called,
    ...presentRights(own),
    createdAt: formatInstant(createdAt),
    createdBy,
    lastUsedDay,
    revokedAt: revokedAt && formatInstant(revokedAt),
    email: address,
    linkedTo: identity?.issuer ?? null,
    hasToken,
  };
}
