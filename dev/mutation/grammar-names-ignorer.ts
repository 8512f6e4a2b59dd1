import type { Ignorer } from '@stryker-mutator/api/ignore';

/** What the ignorer looks at of a Babel path. */
interface BabelPath {
  readonly node: {
    readonly type: string;
    readonly name?: string;
    readonly property?: { readonly name?: string };
    readonly callee?: BabelPath['node'];
    readonly arguments?: readonly object[];
  };
  readonly parentPath: BabelPath | null;
}

/**
 * `this.RULE('comparison', …)` names a grammar rule: the name has to be unique, and nothing else depends on it.
 */
export const grammarNamesIgnorer: Ignorer = {
  shouldIgnore(path) {
    const { node, parentPath } = path as unknown as BabelPath;
    if (node.type !== 'StringLiteral' || parentPath === null) return undefined;
    const { type, callee, arguments: args } = parentPath.node;
    const isName = type === 'CallExpression' && callee?.property?.name === 'RULE' && (args?.[0] as object) === node;
    return isName ? 'The name of a grammar rule is seen by nobody.' : undefined;
  },
};
