import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { didYouMean } from '../nearest-name.ts';
import type { Expression } from './expression.ts';
import { sizeOf } from './expression-size.ts';
import { GrammarStop } from './grammar.ts';
import { type Offsets, positionAt } from './position.ts';
import type { RuleProblem, RuleProblemCode } from './problem.ts';
import { RuleGrammar } from './special-forms.ts';
import { TIME_UNIT_WORDS } from './time-unit.ts';
import { keywordOf, lexer, Word } from './tokens.ts';

export interface ParsedExpression {
  readonly tree: Expression;
  readonly offsets: Offsets;
}

/** Longest text of one rule, in UTF-16 units: as many nodes as a rule may have, written at length. */
export const MAX_RULE_TEXT = 128 * limit('ruleNodes');

/** Analysing the grammar costs some 20 ms, so it happens once; between two texts the parser keeps nothing. */
let grammar: RuleGrammar | undefined;

/**
 * Parses the text of a rule or a measure. The tree is within the limits of size and depth; names and types are not
 * checked yet (see check-expression.ts). Linear in the length of the text.
 */
export function parseExpression(text: string): Result<ParsedExpression, RuleProblem> {
  const problem = (code: RuleProblemCode, offset: number, detail: string) =>
    err({ code, detail, position: positionAt(text, offset) });
  if (text.length > MAX_RULE_TEXT) {
    return problem('tooLong', 0, `The rule has ${text.length} characters; at most ${MAX_RULE_TEXT} are allowed.`);
  }
  const { tokens, errors } = lexer.tokenize(text);
  const [unread] = errors;
  if (unread) return problem('syntax', unread.offset, lexicalDetail(text, unread.offset));
  for (const token of tokens) {
    const type = token.tokenType === Word ? keywordOf(token.image) : undefined;
    if (type?.tokenTypeIdx === undefined) continue;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx;
  }
  grammar ??= new RuleGrammar();
  grammar.input = tokens;
  try {
    const tree = grammar.expression();
    const [failure] = grammar.errors;
    if (failure)
      return problem(
        'syntax',
        failure.token.startOffset || failure.token.startOffset === 0 ? failure.token.startOffset : text.length,
        failure.message,
      );
    return withinLimits({ tree, offsets: grammar.offsets }, text);
  } catch (error) {
    if (!(error instanceof GrammarStop)) throw error;
    const hint = error.code === 'unknownUnit' ? didYouMean(error.token.image, TIME_UNIT_WORDS) : '';
    return problem(error.code, error.token.startOffset, `${error.message}${hint}`);
  }
}

function withinLimits(parsed: ParsedExpression, text: string): Result<ParsedExpression, RuleProblem> {
  const { nodes, tooDeep } = sizeOf(parsed.tree, limit('ruleDepth'));
  if (tooDeep !== null) {
    const position = positionAt(text, parsed.offsets.get(tooDeep) ?? 0);
    return err({ code: 'tooDeep', detail: `A rule nests at most ${limit('ruleDepth')} levels.`, position });
  }
  if (nodes > limit('ruleNodes')) {
    const detail = `The rule has ${nodes} parts; at most ${limit('ruleNodes')} are allowed.`;
    return err({ code: 'tooManyNodes', detail, position: positionAt(text, 0) });
  }
  return ok(parsed);
}

const INSTEAD: Readonly<Record<string, string>> = {
  '&': 'Write "and".',
  '|': 'Write "or".',
  "'": 'Text stands in double quotes.',
};

function lexicalDetail(text: string, offset: number): string {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (character === '"') return 'This text has no closing quote on its line, or an escape that JSON does not know.';
  return `"${character}" has no meaning here. ${INSTEAD[character] ?? ''}`.trimEnd();
}
