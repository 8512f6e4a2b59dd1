import { z } from 'zod';
import { LINK_TRUSTS, NAMESPACE_TYPES, type NamespaceSet } from './namespace-set.ts';
import { NORMALISER_NAMES } from './normalise-value.ts';

/** Most namespaces that may be unique: more of them make conflicts that nobody can follow (Adobe's limit is the same). */
const MAX_UNIQUE = 3;
const MAX_EXPRESSION = 200;

const expression = z.string().min(1).max(MAX_EXPRESSION).refine(compiles, 'not a regular expression');

const namespaceSchema = z.strictObject({
  code: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/),
  type: z.enum(NAMESPACE_TYPES),
  unique: z.boolean().default(false),
  priority: z.int().min(1).max(1000),
  limit: z.int().min(1).max(1000).nullable().default(null),
  windowMs: z.int().min(1).nullable().default(null),
  normalise: z.enum(NORMALISER_NAMES).optional(),
  pattern: expression.nullable().default(null),
  linkTrust: z.enum(LINK_TRUSTS).optional(),
});

const blockedSchema = z.discriminatedUnion('match', [
  z.strictObject({ namespace: z.string(), match: z.enum(['exact', 'iexact']), value: z.string() }),
  z.strictObject({ namespace: z.string(), match: z.enum(['regex', 'notregex']), value: expression }),
  z.strictObject({ namespace: z.string(), match: z.literal('maxlen'), value: z.int().min(1).max(1024) }),
  z.strictObject({ namespace: z.string(), match: z.enum(['blank', 'namespace']), value: z.null().default(null) }),
]);

/** Namespaces as an operator writes them; defaults depend on the type, so an e-mail namespace is safe without a word. */
export const namespaceSetSchema = z
  .strictObject({
    namespaces: z.array(namespaceSchema).min(1).max(50),
    blocked: z.array(blockedSchema).max(500).default([]),
  })
  .superRefine(({ namespaces, blocked }, context) => {
    const problem = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const codes = new Set<string>();
    const priorities = new Set<number>();
    const lowestPerson = Math.max(0, ...namespaces.filter(({ type }) => !isDevice(type)).map((n) => n.priority));
    namespaces.forEach((namespace, index) => {
      const { code, type, priority, unique, limit, windowMs } = namespace;
      if (codes.has(code)) problem(['namespaces', index, 'code'], 'this code is taken');
      if (priorities.has(priority)) problem(['namespaces', index, 'priority'], 'this priority is taken');
      codes.add(code);
      priorities.add(priority);
      if (unique && isDevice(type)) problem(['namespaces', index, 'unique'], 'a device or cookie is never unique');
      if (isDevice(type) && priority < lowestPerson)
        problem(['namespaces', index, 'priority'], 'a device or cookie ranks below every other type');
      if (unique && limit !== null && limit !== 1) problem(['namespaces', index, 'limit'], 'unique means a limit of 1');
      if (windowMs !== null && (limit === null || unique))
        problem(['namespaces', index, 'windowMs'], 'a window needs a limit that is not unique');
    });
    if (namespaces.filter(({ unique }) => unique).length > MAX_UNIQUE)
      problem(['namespaces'], `at most ${MAX_UNIQUE} namespaces may be unique`);
    blocked.forEach(({ namespace }, index) => {
      if (namespace !== '*' && !codes.has(namespace)) problem(['blocked', index, 'namespace'], 'no such namespace');
    });
  })
  .transform(
    ({ namespaces, blocked }): NamespaceSet => ({
      namespaces: namespaces.map((namespace) => ({
        ...namespace,
        limit: namespace.unique ? 1 : namespace.limit,
        normalise: namespace.normalise ?? defaultNormaliser(namespace.type),
        linkTrust:
          namespace.linkTrust ?? (isDevice(namespace.type) || namespace.type === 'any' ? 'claimed' : 'verified'),
      })),
      blocked,
    }),
  );

function isDevice(type: string): boolean {
  return type === 'device' || type === 'cookie';
}

function defaultNormaliser(type: string): 'email' | 'phone' | 'trim' {
  return type === 'email' || type === 'phone' ? type : 'trim';
}

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}
