import { EmbeddedActionsParser, type IToken, type ParserMethod } from 'chevrotain';
import type { Arithmetic, Comparison, Expression, Moment } from './expression.ts';
import { functionName, isInfix } from './function-table.ts';
import { literalNumber, literalText } from './literal-text.ts';
import { SYNTAX_MESSAGES } from './syntax-messages.ts';
import { parseTimeUnit, type TimeUnit } from './time-unit.ts';
import * as T from './tokens.ts';

type Rule<R> = ParserMethod<[], R>;
type MutableOffsets = Map<object, number>;

/** Nesting of the text at which parsing stops: each level costs some JavaScript frames, and the tree's own limit is lower. */
export const MAX_NESTING = 120;

/** Thrown inside the parser only, caught in parse-expression.ts: the generated code has no other way out. */
export class GrammarStop extends Error {
  readonly code: 'tooDeep' | 'unknownUnit';
  readonly token: IToken;

  constructor(code: 'tooDeep' | 'unknownUnit', token: IToken, message: string) {
    super(message);
    this.code = code;
    this.token = token;
  }
}

const COMPARISONS = [T.Equal, T.NotEqual, T.Less, T.LessOrEqual, T.More, T.MoreOrEqual];

/**
 * Expressions of the language up to `occurs`; what has a syntax of its own (quantifiers, chains, calls) follows in
 * `special-forms.ts`. Each method consumes tokens and builds the tree at once. `offsets` remembers for each node the
 * token that an error about it should show: its operator or function name, else its first token.
 */
export abstract class ExpressionGrammar extends EmbeddedActionsParser {
  offsets: MutableOffsets = new Map();
  #nesting = 0;

  constructor() {
    super(T.VOCABULARY, { maxLookahead: 1, recoveryEnabled: false, errorMessageProvider: SYNTAX_MESSAGES });
  }

  override reset(): void {
    super.reset();
    this.offsets = new Map();
    this.#nesting = 0;
  }

  /** `primary` without its calls and filters. */
  protected abstract readonly primary: Rule<Expression>;
  protected abstract readonly callArguments: Rule<Expression[]>;
  /** The node of a call that has one of its own; null for any other. */
  protected abstract special(name: IToken, args: readonly Expression[]): Expression | null;

  readonly expression: Rule<Expression> = this.RULE('expression', () => {
    this.ACTION(() => {
      if (++this.#nesting > MAX_NESTING) {
        throw new GrammarStop('tooDeep', this.LA(1), `A rule nests at most ${MAX_NESTING} levels of text.`);
      }
    });
    const parts = [this.SUBRULE(this.conjunction)];
    let operator: IToken | undefined;
    this.MANY(() => {
      const token = this.CONSUME(T.Or);
      operator ??= token;
      parts.push(this.SUBRULE2(this.conjunction));
    });
    return this.ACTION(() => {
      this.#nesting--;
      return operator ? this.mark<Expression>(operator, { op: 'or', of: parts }) : (parts[0] as Expression);
    });
  });

  readonly conjunction: Rule<Expression> = this.RULE('conjunction', () => {
    const parts = [this.SUBRULE(this.negation)];
    let operator: IToken | undefined;
    this.MANY(() => {
      const token = this.CONSUME(T.And);
      operator ??= token;
      parts.push(this.SUBRULE2(this.negation));
    });
    return this.ACTION(() =>
      operator ? this.mark<Expression>(operator, { op: 'and', of: parts }) : (parts[0] as Expression),
    );
  });

  readonly negation: Rule<Expression> = this.RULE('negation', () => {
    const nots: IToken[] = [];
    this.MANY(() => {
      nots.push(this.OR([{ ALT: () => this.CONSUME(T.Not) }, { ALT: () => this.CONSUME(T.Bang) }]));
    });
    const operand = this.SUBRULE(this.comparison);
    return this.ACTION(() => nots.reduceRight<Expression>((of, token) => this.mark(token, { op: 'not', of }), operand));
  });

  readonly comparison: Rule<Expression> = this.RULE('comparison', () => {
    let left = this.SUBRULE(this.sum);
    this.MANY({
      // A word that is no operator belongs to what stands around: `over`, `WHEN`, or an error.
      GATE: () => !this.isWord(1) || this.isOperator(1),
      DEF: () => {
        const of = left;
        left = this.OR([
          {
            ALT: () => {
              const token = this.SUBRULE(this.comparisonSign);
              const right = this.SUBRULE2(this.sum);
              return this.ACTION(() =>
                this.mark<Expression>(token, { op: 'compare', is: token.image as Comparison, left: of, right }),
              );
            },
          },
          {
            // It is a word too, so the operator comes first.
            IGNORE_AMBIGUITIES: true,
            ALT: () => {
              const token = this.CONSUME(T.Occurs);
              const when = this.SUBRULE(this.moment);
              return this.ACTION(() => this.mark<Expression>(token, { op: 'occurs', of, when }));
            },
          },
          {
            ALT: () => {
              const token = this.OR2([{ ALT: () => this.CONSUME(T.In) }, { ALT: () => this.CONSUME(T.Word) }]);
              const right = this.SUBRULE3(this.sum);
              return this.ACTION(() => this.call(token, [of, right]));
            },
          },
        ]);
      },
    });
    return left;
  });

  readonly comparisonSign: Rule<IToken> = this.RULE('comparisonSign', () =>
    this.OR(COMPARISONS.map((type) => ({ ALT: () => this.CONSUME(type) }))),
  );

  readonly sum: Rule<Expression> = this.RULE('sum', () => {
    let left = this.SUBRULE(this.product);
    this.MANY(() => {
      const token = this.OR([{ ALT: () => this.CONSUME(T.Plus) }, { ALT: () => this.CONSUME(T.Minus) }]);
      const right = this.SUBRULE2(this.product);
      left = this.arithmetic(token, left, right);
    });
    return left;
  });

  readonly product: Rule<Expression> = this.RULE('product', () => {
    let left = this.SUBRULE(this.postfix);
    this.MANY(() => {
      const token = this.OR([
        { ALT: () => this.CONSUME(T.Times) },
        { ALT: () => this.CONSUME(T.Divide) },
        { ALT: () => this.CONSUME(T.Modulo) },
      ]);
      const right = this.SUBRULE2(this.postfix);
      left = this.arithmetic(token, left, right);
    });
    return left;
  });

  /** Fields, method calls and filters. */
  readonly postfix: Rule<Expression> = this.RULE('postfix', () => {
    let of = this.SUBRULE(this.primary);
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Dot);
            const name = this.CONSUME(T.AnyWord);
            let args: Expression[] | undefined;
            this.OPTION(() => {
              this.CONSUME(T.OpenParen);
              args = this.SUBRULE(this.callArguments);
              this.CONSUME(T.CloseParen);
            });
            of = this.ACTION(() => {
              if (!args) return this.field(of, name);
              const all = [of, ...args];
              return this.special(name, all) ?? this.call(name, all);
            });
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(T.OpenBracket);
            const where = this.SUBRULE(this.expression);
            this.CONSUME(T.CloseBracket);
            of = this.ACTION(() => this.mark<Expression>(token, { op: 'filter', of, where }));
          },
        },
      ]);
    });
    return of;
  });

  /** What follows `occurs`. */
  readonly moment: Rule<Moment> = this.RULE('moment', () => {
    const first = this.LA(1);
    const moment = this.OR<Moment>({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        {
          ALT: () => {
            const sign = this.OR2([
              { ALT: () => this.CONSUME(T.Less) },
              { ALT: () => this.CONSUME(T.LessOrEqual) },
              { ALT: () => this.CONSUME(T.Equal) },
              { ALT: () => this.CONSUME(T.MoreOrEqual) },
              { ALT: () => this.CONSUME(T.More) },
            ]);
            const span = this.SUBRULE(this.span);
            const side = this.OR3([{ ALT: () => this.CONSUME(T.Before) }, { ALT: () => this.CONSUME(T.After) }]);
            const time = this.SUBRULE(this.sum);
            return this.ACTION(() => ({
              is: sign.image as '<' | '<=' | '=' | '>=' | '>',
              ...span,
              side: side.image.toLowerCase() as 'before' | 'after',
              time,
            }));
          },
        },
        {
          ALT: () => {
            const word = this.OR4([
              { ALT: () => this.CONSUME2(T.Before) },
              { ALT: () => this.CONSUME2(T.After) },
              { ALT: () => this.CONSUME2(T.On) },
            ]);
            const time = this.SUBRULE2(this.sum);
            return this.ACTION(() => ({ is: word.image.toLowerCase() as 'before' | 'after' | 'on', time }));
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Between);
            const from = this.SUBRULE3(this.sum);
            this.CONSUME(T.And);
            const to = this.SUBRULE4(this.sum);
            return { is: 'between' as const, from, to };
          },
        },
        {
          ALT: () => {
            const time = this.SUBRULE5(this.sum);
            return { is: 'at' as const, time };
          },
        },
      ],
    });
    return this.ACTION(() => this.mark(first, moment));
  });

  /** `7 days`. */
  readonly span: Rule<{ readonly amount: number; readonly unit: TimeUnit }> = this.RULE('span', () => {
    const amount = this.CONSUME(T.NumberToken);
    const word = this.CONSUME(T.Word);
    return this.ACTION(() => {
      const unit = parseTimeUnit(word.image);
      if (unit === null) throw new GrammarStop('unknownUnit', word, `"${word.image}" is no unit of time.`);
      return { amount: literalNumber(amount.image), unit };
    });
  });

  /** Whether the token so far ahead may be a name. */
  protected isWord(ahead: number): boolean {
    const { tokenType } = this.LA(ahead);
    return tokenType === T.Word || (tokenType.CATEGORIES ?? []).includes(T.Word);
  }

  /** Whether it is a word that stands between two operands. */
  protected isOperator(ahead: number): boolean {
    return isInfix(this.LA(ahead).image) || this.LA(ahead).tokenType === T.Occurs;
  }

  protected mark<N extends object>(token: IToken, node: N): N {
    this.offsets.set(node, token.startOffset);
    return node;
  }

  protected call(name: IToken, args: readonly Expression[]): Expression {
    const found = functionName(name.image);
    const [of, where] = args;
    if (found === 'filter' && args.length === 2 && of && where && where.op !== 'duration' && of.op !== 'duration')
      return this.mark(name, { op: 'filter', of, where });
    return this.mark(name, { op: 'call', function: found ?? name.image, args });
  }

  protected text(token: IToken): string {
    return literalText(token.image);
  }

  protected arithmetic(token: IToken, left: Expression, right: Expression): Expression {
    return this.ACTION(() =>
      this.mark<Expression>(token, { op: 'arithmetic', is: token.image as Arithmetic['is'], left, right }),
    );
  }

  protected field(of: Expression, name: IToken): Expression {
    const start = this.offsets.get(of) ?? name.startOffset;
    const node: Expression =
      of.op === 'path'
        ? { op: 'path', climb: of.climb, steps: [...of.steps, name.image] }
        : of.op === 'field'
          ? { op: 'field', of: of.of, steps: [...of.steps, name.image] }
          : { op: 'field', of, steps: [name.image] };
    this.offsets.set(node, of.op === 'path' || of.op === 'field' ? start : name.startOffset);
    return node;
  }
}
