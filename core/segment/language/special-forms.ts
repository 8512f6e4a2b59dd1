import { EOF, type IToken, type ParserMethod, type TokenType } from 'chevrotain';
import { ChainGrammar } from './chain-grammar.ts';
import type { Aggregate, Binding, Expression, Quantifier } from './expression.ts';
import { functionName } from './function-table.ts';
import { GrammarStop } from './grammar.ts';
import { literalNumber } from './literal-text.ts';
import { parseTimeUnit } from './time-unit.ts';
import * as T from './tokens.ts';

type Rule<R> = ParserMethod<[], R>;

/** Tokens outside of brackets looked at to tell an aggregate from a call of the same name; brackets nest only so deep. */
const MAX_LOOKAHEAD = 64;
/** What may stand in the value of an aggregate besides words and brackets. */
const IN_VALUE = new Set<TokenType>([
  T.Dot,
  T.Caret,
  T.Plus,
  T.Minus,
  T.Times,
  T.Divide,
  T.Modulo,
  T.NumberToken,
  T.Text,
  T.True,
  T.False,
  T.Now,
  T.Today,
  T.Yesterday,
  T.Tomorrow,
]);

/** Literals, calls, quantifiers, `let`: every form that begins with a token of its own. */
export class RuleGrammar extends ChainGrammar {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  override readonly callArguments: Rule<Expression[]> = this.RULE('callArguments', () => {
    const args: Expression[] = [];
    this.MANY_SEP({ SEP: T.Comma, DEF: () => args.push(this.SUBRULE(this.argument)) });
    return args;
  });

  readonly argument: Rule<Expression> = this.RULE('argument', () =>
    this.OR<Expression>({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        {
          GATE: () => this.#isUnit(2),
          ALT: () => {
            const first = this.LA(1);
            const span = this.SUBRULE(this.span);
            return this.ACTION(() => this.mark<Expression>(first, { op: 'duration', ...span }));
          },
        },
        { ALT: () => this.SUBRULE(this.expression) },
      ],
    }),
  );

  override readonly primary: Rule<Expression> = this.RULE('primary', () =>
    this.OR<Expression>({
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      ERR_MSG: 'a value',
      DEF: [
        { ALT: () => this.SUBRULE(this.literal) },
        { ALT: () => this.SUBRULE(this.group) },
        { ALT: () => this.SUBRULE(this.climb) },
        { GATE: () => this.#isUnit(2), ALT: () => this.SUBRULE(this.relativeUnit) },
        { GATE: () => this.#startsBinding(), ALT: () => this.SUBRULE(this.quantifier) },
        { GATE: () => this.#startsBinding() || this.#reachesOver(), ALT: () => this.SUBRULE(this.aggregate) },
        { GATE: () => this.LA(3).tokenType === T.Equal && this.isWord(2), ALT: () => this.SUBRULE(this.binding) },
        { GATE: () => this.#calls(), ALT: () => this.SUBRULE(this.chain) },
        { GATE: () => this.#calls(), ALT: () => this.SUBRULE(this.functionCall) },
        {
          GATE: () => !this.#calls(),
          ALT: () => {
            const name = this.CONSUME(T.Word);
            return this.ACTION(() => this.mark<Expression>(name, { op: 'path', climb: 0, steps: [name.image] }));
          },
        },
      ],
    }),
  );

  readonly literal: Rule<Expression> = this.RULE('literal', () =>
    this.OR<Expression>([
      {
        ALT: () => {
          const first = this.LA(1);
          let sign = 1;
          this.OPTION(() => {
            this.CONSUME(T.Minus);
            sign = -1;
          });
          const number = this.CONSUME(T.NumberToken);
          // No minus zero: JSON has none, and no operator of the language tells them apart.
          return this.ACTION(() =>
            this.mark<Expression>(first, { op: 'literal', value: sign * literalNumber(number.image) || 0 }),
          );
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(T.Text);
          return this.ACTION(() => this.mark<Expression>(token, { op: 'literal', value: this.text(token) }));
        },
      },
      { ALT: () => this.#mark(this.CONSUME(T.True), { op: 'literal', value: true }) },
      { ALT: () => this.#mark(this.CONSUME(T.False), { op: 'literal', value: false }) },
      { ALT: () => this.SUBRULE(this.clockWord) },
    ]),
  );

  readonly clockWord: Rule<Expression> = this.RULE('clockWord', () => {
    const node = this.OR<Expression>([
      { ALT: () => this.#mark(this.CONSUME(T.Now), { op: 'now' }) },
      { ALT: () => this.#mark(this.CONSUME(T.Today), { op: 'calendar', unit: 'day', shift: 0 }) },
      { ALT: () => this.#mark(this.CONSUME(T.Yesterday), { op: 'calendar', unit: 'day', shift: -1 }) },
      { ALT: () => this.#mark(this.CONSUME(T.Tomorrow), { op: 'calendar', unit: 'day', shift: 1 }) },
    ]);
    this.OPTION(() => {
      this.CONSUME(T.OpenParen);
      this.CONSUME(T.CloseParen);
    });
    return node;
  });

  readonly relativeUnit: Rule<Expression> = this.RULE('relativeUnit', () => {
    const word = this.OR([
      { ALT: () => this.CONSUME(T.This) },
      { ALT: () => this.CONSUME(T.Last) },
      { ALT: () => this.CONSUME(T.Next) },
    ]);
    const unitWord = this.CONSUME(T.Word);
    return this.ACTION(() => {
      const unit = parseTimeUnit(unitWord.image);
      if (unit === null) throw new GrammarStop('unknownUnit', unitWord, `"${unitWord.image}" is no unit of time.`);
      const shift = word.tokenType === T.This ? 0 : word.tokenType === T.Last ? -1 : 1;
      return this.mark<Expression>(word, { op: 'calendar', unit, shift });
    });
  });

  /** Parentheses, and list literals. */
  readonly group: Rule<Expression> = this.RULE('group', () =>
    this.OR<Expression>([
      {
        ALT: () => {
          this.CONSUME(T.OpenParen);
          const inner = this.SUBRULE(this.expression);
          this.CONSUME(T.CloseParen);
          return inner;
        },
      },
      {
        ALT: () => {
          const open = this.CONSUME(T.OpenBracket);
          const items: Expression[] = [];
          this.MANY_SEP({ SEP: T.Comma, DEF: () => items.push(this.SUBRULE2(this.expression)) });
          this.CONSUME(T.CloseBracket);
          return this.#mark(open, { op: 'list', items });
        },
      },
    ]),
  );

  readonly climb: Rule<Expression> = this.RULE('climb', () => {
    const carets: IToken[] = [];
    this.AT_LEAST_ONE(() => carets.push(this.CONSUME(T.Caret)));
    return this.ACTION(() =>
      this.mark<Expression>(carets[0] as IToken, { op: 'path', climb: carets.length, steps: [] }),
    );
  });

  readonly bindings: Rule<Binding[]> = this.RULE('bindings', () => {
    const bindings = [this.SUBRULE(this.source)];
    this.MANY({
      // A comma may also belong to the list or call around the quantifier.
      GATE: () => this.isWord(2) && this.LA(3).tokenType === T.From,
      DEF: () => {
        this.CONSUME(T.Comma);
        bindings.push(this.SUBRULE2(this.source));
      },
    });
    return bindings;
  });

  /** `V from E where C`. */
  readonly source: Rule<Binding> = this.RULE('source', () => {
    const variable = this.CONSUME(T.Word);
    this.CONSUME(T.From);
    const from = this.SUBRULE(this.sum);
    let where: Expression | undefined;
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(T.Where) }, { ALT: () => this.CONSUME(T.Colon) }]);
      where = this.SUBRULE(this.expression);
    });
    return this.ACTION(() => this.mark(variable, { variable: variable.image, from, ...(where && { where }) }));
  });

  readonly quantifier: Rule<Expression> = this.RULE('quantifier', () => {
    const word = this.OR([
      { ALT: () => this.CONSUME(T.Exists) },
      { ALT: () => this.CONSUME(T.Forall) },
      { ALT: () => this.CONSUME(T.Select) },
    ]);
    const bindings = this.SUBRULE(this.bindings);
    return this.ACTION(() =>
      this.mark<Expression>(word, { op: word.image.toLowerCase() as Quantifier['op'], bindings }),
    );
  });

  /** `sum X.f over X from arr where cond`. */
  readonly aggregate: Rule<Expression> = this.RULE('aggregate', () => {
    const word = this.OR([
      { ALT: () => this.CONSUME(T.Sum) },
      { ALT: () => this.CONSUME(T.Average) },
      { ALT: () => this.CONSUME(T.Min) },
      { ALT: () => this.CONSUME(T.Max) },
    ]);
    const value = this.SUBRULE(this.sum);
    this.CONSUME(T.Over);
    const source = this.SUBRULE(this.source);
    return this.ACTION(() =>
      this.mark<Expression>(word, { op: word.image.toLowerCase() as Aggregate['op'], value, ...source }),
    );
  });

  /** `let V = (E) in (B)`. */
  readonly binding: Rule<Expression> = this.RULE('binding', () => {
    const word = this.CONSUME(T.Let);
    const variable = this.CONSUME(T.Word);
    this.CONSUME(T.Equal);
    const value = this.SUBRULE(this.sum);
    this.CONSUME(T.In);
    const body = this.SUBRULE(this.expression);
    return this.ACTION(() => this.mark<Expression>(word, { op: 'let', variable: variable.image, value, in: body }));
  });

  readonly functionCall: Rule<Expression> = this.RULE('functionCall', () => {
    const name = this.OR([
      { ALT: () => this.CONSUME(T.And) },
      { ALT: () => this.CONSUME(T.Or) },
      { ALT: () => this.CONSUME(T.In) },
      { ALT: () => this.CONSUME(T.Word) },
    ]);
    this.CONSUME(T.OpenParen);
    const args = this.SUBRULE(this.callArguments);
    this.CONSUME(T.CloseParen);
    return this.ACTION(() => this.special(name, args) ?? this.call(name, args));
  });

  #mark(token: IToken, node: Expression): Expression {
    return this.ACTION(() => this.mark(token, node));
  }

  /** Calls whose node is not a call. Wrong arguments leave a call behind, for the checks to explain. */
  protected override special(name: IToken, args: readonly Expression[]): Expression | null {
    // A duration is no expression: in the wrong place it stays an argument, for the checks to refuse.
    if (args.some(({ op }) => op === 'duration')) return null;
    const [a, b, c] = args;
    switch (functionName(name.image)) {
      case 'and':
        return this.mark<Expression>(name, { op: 'and', of: args });
      case 'or':
        return this.mark<Expression>(name, { op: 'or', of: args });
      case 'not':
        return a && args.length === 1 ? this.mark<Expression>(name, { op: 'not', of: a }) : null;
      case 'if':
        return a && b && c && args.length === 3
          ? this.mark<Expression>(name, { op: 'if', condition: a, whenTrue: b, whenFalse: c })
          : null;
      case 'inSegment':
        return args.length === 1 && a?.op === 'literal' && typeof a.value === 'string'
          ? this.#at(a, { op: 'inSegment', segment: a.value })
          : null;
      case 'score':
        return args.length === 1 && a?.op === 'literal' && typeof a.value === 'string'
          ? this.#at(a, { op: 'score', model: a.value })
          : null;
      case 'date': {
        const [year, month, day] = args.map((arg) =>
          arg.op === 'literal' && typeof arg.value === 'number' ? arg.value : undefined,
        );
        if (args.length !== 3 || year === undefined || month === undefined || day === undefined) return null;
        return this.mark<Expression>(name, { op: 'date', year, month, day });
      }
      default:
        return null;
    }
  }

  /** A node whose error stands at its argument. */
  #at(argument: Expression, node: Expression): Expression {
    this.offsets.set(node, this.offsets.get(argument) ?? 0);
    return node;
  }

  #isUnit(ahead: number): boolean {
    return this.isWord(ahead) && parseTimeUnit(this.LA(ahead).image) !== null;
  }

  /** `exists V …` rather than an attribute named `exists`. */
  #startsBinding(): boolean {
    if (!this.isWord(2)) return false;
    return this.LA(3).tokenType === T.From || this.LA(3).tokenType === T.Dot || !this.isOperator(2);
  }

  /** `sum (X.a * X.b) over …` rather than a call of `sum`: looks for `over` where the value could end. */
  #reachesOver(): boolean {
    if (this.LA(2).tokenType !== T.OpenParen) return false;
    let depth = 0;
    let outside = 0;
    for (let ahead = 2; outside < MAX_LOOKAHEAD; ahead++) {
      const { tokenType } = this.LA(ahead);
      if (tokenType === T.OpenParen || tokenType === T.OpenBracket) depth++;
      else if (tokenType === T.CloseParen || tokenType === T.CloseBracket) depth--;
      // After a dot every word is a name.
      else if (depth === 0 && this.LA(ahead - 1).tokenType !== T.Dot) {
        if (tokenType === T.Over) return true;
        if (!this.isWord(ahead) && !IN_VALUE.has(tokenType)) return false;
      }
      if (depth < 0 || tokenType === EOF) return false;
      if (depth === 0) outside++;
    }
    return false;
  }

  #calls(): boolean {
    return this.LA(2).tokenType === T.OpenParen;
  }
}
