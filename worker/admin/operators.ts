import { z } from 'zod';
import { isSlug } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { mintKey } from './mint-key.ts';
import { BOOTSTRAP } from './operator-auth.ts';
import { refused } from './publisher-answer.ts';
import { BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

const name = z
  .string()
  .refine(
    (text) => isSlug(text) && text !== BOOTSTRAP,
    'lower-case letters, digits and dashes, 1-32 long, and not bootstrap',
  );

const operator = z.object({
  name: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  lastUsedDay: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

export const operatorRoutes: readonly Route[] = [
  route(
    {
      id: 'createOperator',
      method: 'post',
      path: '/operators',
      tag: 'operators',
      summary: 'Name an operator and make a token, shown this once',
      body: z.strictObject({ name }),
      responses: { 201: z.object({ name: z.string(), token: z.string() }) },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'conflict'],
    },
    async ({ services, space, actor, body }) => {
      const token = mintKey('op', space, services.randomBytes);
      const made = await services
        .publisher(space)
        .setOperator({ actor, name: body.name, hash: await services.sha256(token) });
      return made.ok ? { status: 201, body: { name: body.name, token } } : refused(made.error);
    },
  ),
  route(
    {
      id: 'listOperators',
      method: 'get',
      path: '/operators',
      tag: 'operators',
      summary: 'List operators by name, revoked ones too',
      responses: { 200: z.object({ items: z.array(operator) }) },
      problems: COMMON_PROBLEMS,
    },
    async ({ services, space }) => {
      const items = (await services.operators.list(space)).map((each) => ({
        ...each,
        createdAt: formatInstant(each.createdAt),
        revokedAt: each.revokedAt === null ? null : formatInstant(each.revokedAt),
      }));
      return { status: 200, body: { items } };
    },
  ),
  route(
    {
      id: 'revokeOperator',
      method: 'delete',
      path: '/operators/{name}',
      tag: 'operators',
      summary: 'Revoke the token of an operator, at once',
      responses: { 204: null },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    async ({ services, space, actor, param }) => {
      const revoked = await services.publisher(space).setOperator({ actor, name: param('name'), hash: null });
      return revoked.ok ? { status: 204 } : refused(revoked.error);
    },
  ),
];
