import { createToken, Lexer, type TokenType } from 'chevrotain';

/** Any word, reserved or not: what may follow a dot. */
export const AnyWord = createToken({ name: 'AnyWord', pattern: Lexer.NA, label: 'a name' });
const WORD = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/uy;
/** A word that may be a name. Chevrotain reads no \p classes, hence the function. */
export const Word = createToken({
  name: 'Word',
  pattern: (text: string, offset: number) => {
    WORD.lastIndex = offset;
    return WORD.exec(text) as [string] | null;
  },
  categories: AnyWord,
  line_breaks: false,
  label: 'a name',
});

const KEYWORDS = new Map<string, TokenType>();

function keyword(text: string, category: TokenType): TokenType {
  const token = createToken({ name: `Word_${text}`, pattern: Lexer.NA, categories: category, label: `"${text}"` });
  KEYWORDS.set(text, token);
  return token;
}

// Reserved: they are no names, except after a dot.
export const And = keyword('and', AnyWord);
export const Or = keyword('or', AnyWord);
export const Not = keyword('not', AnyWord);
export const In = keyword('in', AnyWord);
export const Where = keyword('where', AnyWord);
export const True = keyword('true', AnyWord);
export const False = keyword('false', AnyWord);
export const Now = keyword('now', AnyWord);
export const Today = keyword('today', AnyWord);
export const Yesterday = keyword('yesterday', AnyWord);
export const Tomorrow = keyword('tomorrow', AnyWord);
// The others are names wherever they do not fit as keywords.
export const From = keyword('from', Word);
export const Over = keyword('over', Word);
export const Occurs = keyword('occurs', Word);
export const Before = keyword('before', Word);
export const After = keyword('after', Word);
export const On = keyword('on', Word);
export const Between = keyword('between', Word);
export const Exists = keyword('exists', Word);
export const Forall = keyword('forall', Word);
export const Select = keyword('select', Word);
export const Let = keyword('let', Word);
export const ChainWord = keyword('chain', Word);
export const What = keyword('what', Word);
export const When = keyword('when', Word);
export const Count = keyword('count', Word);
export const Exclude = keyword('exclude', Word);
export const This = keyword('this', Word);
export const Last = keyword('last', Word);
export const Next = keyword('next', Word);
export const Sum = keyword('sum', Word);
export const Average = keyword('average', Word);
export const Min = keyword('min', Word);
export const Max = keyword('max', Word);

/** The keyword that a word is, in any case. */
export function keywordOf(word: string): TokenType | undefined {
  return KEYWORDS.get(word.toLowerCase());
}

const symbol = (name: string, pattern: string) => createToken({ name, pattern, label: `"${pattern}"` });
export const NumberToken = createToken({
  name: 'Number',
  pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/,
  label: 'a number',
});
export const Text = createToken({
  name: 'Text',
  pattern: /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/,
  label: 'text in double quotes',
});
export const NotEqual = symbol('NotEqual', '!=');
export const LessOrEqual = symbol('LessOrEqual', '<=');
export const MoreOrEqual = symbol('MoreOrEqual', '>=');
/** No part of the grammar: one token, so that the error stands at its start and says what to write. */
export const DoubleEqual = symbol('DoubleEqual', '==');
export const Equal = symbol('Equal', '=');
export const Less = symbol('Less', '<');
export const More = symbol('More', '>');
export const Bang = symbol('Bang', '!');
export const Plus = symbol('Plus', '+');
export const Minus = symbol('Minus', '-');
export const Times = symbol('Times', '*');
export const Divide = symbol('Divide', '/');
export const Modulo = symbol('Modulo', '%');
export const OpenParen = symbol('OpenParen', '(');
export const CloseParen = symbol('CloseParen', ')');
export const OpenBracket = symbol('OpenBracket', '[');
export const CloseBracket = symbol('CloseBracket', ']');
export const Comma = symbol('Comma', ',');
export const Dot = symbol('Dot', '.');
export const Colon = symbol('Colon', ':');
export const Caret = symbol('Caret', '^');

const Space = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true });
const LineComment = createToken({ name: 'LineComment', pattern: /\/\/[^\n\r]*/, group: Lexer.SKIPPED });
const BlockComment = createToken({
  name: 'BlockComment',
  pattern: /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
/** No part of the grammar: the rest of a text whose comment never ends. */
export const OpenComment = createToken({ name: 'OpenComment', pattern: /\/\*[\s\S]*/, line_breaks: true });

const LEXED = [
  ...[Space, LineComment, BlockComment, OpenComment, Word, NumberToken, Text],
  ...[NotEqual, LessOrEqual, MoreOrEqual, DoubleEqual, Equal, Less, More, Bang, Plus, Minus, Times, Divide, Modulo],
  ...[OpenParen, CloseParen, OpenBracket, CloseBracket, Comma, Dot, Colon, Caret],
];

/** Every token type, for the parser. */
export const VOCABULARY: TokenType[] = [AnyWord, ...LEXED, ...KEYWORDS.values()];

export const lexer = new Lexer(LEXED, { positionTracking: 'onlyOffset', ensureOptimizations: false });
