import { z } from 'zod';
import { LINK_TRUSTS, NAMESPACE_TYPES, type NamespaceSet } from './namespace-set.ts';
import { NORMALISER_NAMES } from './normalise-value.ts';
import { expressionProblem } from './safe-expression.ts';

/** Most namespaces that may be unique: more of them make conflicts that nobody can follow (Adobe's limit is the same). */
const MAX_UNIQUE = 3;
const MAX_EXPRESSION = 200;
export const LOWEST_PRIORITY = 1000;

const expression = (whole: boolean) =>
  z
    .string()
    .min(1)
    .max(MAX_EXPRESSION)
    .superRefine((source, context) => {
      const problem = expressionProblem(source, whole);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    });

const namespaceSchema = z.strictObject({
  code: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/),
  type: z.enum(NAMESPACE_TYPES),
  unique: z.boolean().default(false),
  priority: z.int().min(1).max(LOWEST_PRIORITY),
  limit: z.int().min(1).max(1000).nullable().default(null),
  windowMs: z.int().min(1).nullable().default(null),
  normalise: z.enum(NORMALISER_NAMES).optional(),
  pattern: expression(true).nullable().default(null),
  linkTrust: z.enum(LINK_TRUSTS).optional(),
});

const blockedSchema = z.discriminatedUnion('match', [
  z.strictObject({ namespace: z.string(), match: z.enum(['exact', 'iexact']), value: z.string() }),
  z.strictObject({ namespace: z.string(), match: z.enum(['regex', 'notregex']), value: expression(false) }),
  z.strictObject({ namespace: z.string(), match: z.literal('maxlen'), value: z.int().min(1).max(1024) }),
  z.strictObject({ namespace: z.string(), match: z.enum(['blank', 'namespace']), value: z.null().default(null) }),
]);

/** The members of a set as an operator writes them, before they are looked at together. */
export const namespacesShape = z.array(namespaceSchema).min(1).max(50);
export const blockedShape = z.array(blockedSchema).max(500);

export interface WrittenSet {
  readonly namespaces: z.output<typeof namespacesShape>;
  readonly blocked: z.output<typeof blockedShape>;
}

/** Namespaces as an operator writes them; defaults depend on the type, so an e-mail namespace is safe without a word. */
export const namespaceSetSchema = z
  .strictObject({ namespaces: namespacesShape, blocked: blockedShape.default([]) })
  .superRefine((set, context) =>
    namespaceSetProblems(set, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  )
  .transform(completeSet);

/** Everything that is wrong between the members of a set, told by `problem` with its place. */
export function namespaceSetProblems(
  { namespaces, blocked }: WrittenSet,
  problem: (path: readonly (string | number)[], message: string) => void,
): void {
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
}

/** Fills in what follows from the type of each namespace. */
export function completeSet({ namespaces, blocked }: WrittenSet): NamespaceSet {
  return {
    // In one order of members, so that what is read and put back is the same text.
    namespaces: namespaces.map(({ code, type, unique, priority, limit, windowMs, normalise, pattern, linkTrust }) => ({
      code,
      type,
      unique,
      priority,
      limit: unique ? 1 : limit,
      windowMs,
      normalise: normalise ?? defaultNormaliser(type),
      pattern,
      // What is unique names a person, whatever its type.
      linkTrust: linkTrust ?? (!unique && (isDevice(type) || type === 'any') ? 'claimed' : 'verified'),
    })),
    blocked,
  };
}

function isDevice(type: string): boolean {
  return type === 'device' || type === 'cookie';
}

function defaultNormaliser(type: string): 'email' | 'phone' | 'trim' {
  return type === 'email' || type === 'phone' ? type : 'trim';
}
