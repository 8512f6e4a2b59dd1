import { EOF, type IParserErrorMessageProvider, type IToken, tokenLabel } from 'chevrotain';
import { didYouMean } from '../nearest-name.ts';
import { FUNCTIONS, isInfix } from './function-table.ts';
import { DoubleEqual, OpenComment } from './tokens.ts';

/** What may follow a complete expression, and is a word. */
const OPERATORS = ['and', 'or', 'occurs', ...Object.keys(FUNCTIONS).filter(isInfix)];

/** How a token is shown in an error. */
function shown(token: IToken): string {
  if (token.tokenType === EOF) return 'the end';
  return token.image.length > 40 ? `"${token.image.slice(0, 40)}…"` : `"${token.image}"`;
}

function sentence(expected: string, token: IToken): string {
  if (token.tokenType === DoubleEqual) return 'Equality is written "=", not "==".';
  if (token.tokenType === OpenComment) return 'The comment that begins here has no end: expected "*/".';
  return `Expected ${expected}, found ${shown(token)}.`;
}

/** What the parser says: what was expected and what was found, in the words of the author. */
export const SYNTAX_MESSAGES: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => sentence(tokenLabel(expected), actual),
  buildNotAllInputParsedMessage: ({ firstRedundant }) => {
    const message = sentence('an operator or the end of the rule', firstRedundant);
    return `${message}${didYouMean(firstRedundant.image, OPERATORS)}`;
  },
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual, customUserDescription }) => {
    const labels = new Set(
      expectedPathsPerAlt.flatMap((paths) => paths.flatMap(([first]) => (first ? [tokenLabel(first)] : []))),
    );
    const expected = customUserDescription ?? (labels.size > 8 ? 'a value' : [...labels].join(' or '));
    return sentence(expected, actual[0] as IToken);
  },
  buildEarlyExitMessage: ({ expectedIterationPaths, actual }) => {
    const labels = new Set(expectedIterationPaths.flatMap(([first]) => (first ? [tokenLabel(first)] : [])));
    return sentence([...labels].join(' or '), actual[0] as IToken);
  },
};
