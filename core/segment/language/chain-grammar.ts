import type { ParserMethod } from 'chevrotain';
import type { ChainExclusion, ChainStep, Expression } from './expression.ts';
import { ExpressionGrammar } from './grammar.ts';
import { literalNumber } from './literal-text.ts';
import * as T from './tokens.ts';

type Rule<R> = ParserMethod<[], R>;
type Mutable<N> = { -readonly [K in keyof N]: N[K] };

/** `chain(xEvent, timestamp, [A: WHAT(…) WHEN(…), X: EXCLUDE WHAT(…)])`. Which steps may follow which is checked later, on the tree. */
export abstract class ChainGrammar extends ExpressionGrammar {
  readonly chain: Rule<Expression> = this.RULE('chainForm', () => {
    const word = this.CONSUME(T.ChainWord);
    this.CONSUME(T.OpenParen);
    const of = this.SUBRULE(this.sum);
    this.CONSUME(T.Comma);
    const by = [this.CONSUME(T.AnyWord).image];
    this.MANY(() => {
      this.CONSUME(T.Dot);
      by.push(this.CONSUME2(T.AnyWord).image);
    });
    this.CONSUME2(T.Comma);
    this.CONSUME(T.OpenBracket);
    const steps: (ChainStep | ChainExclusion)[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => steps.push(this.SUBRULE(this.chainStep)) });
    this.CONSUME(T.CloseBracket);
    this.CONSUME(T.CloseParen);
    return this.ACTION(() => this.mark<Expression>(word, { op: 'chain', of, by, steps }));
  });

  readonly chainStep: Rule<ChainStep | ChainExclusion> = this.RULE('chainStep', () => {
    const label = this.CONSUME(T.Word);
    this.CONSUME(T.Colon);
    let exclude = false;
    this.OPTION(() => {
      this.CONSUME(T.Exclude);
      exclude = true;
    });
    this.CONSUME(T.What);
    this.CONSUME(T.OpenParen);
    const what = this.SUBRULE(this.expression);
    this.CONSUME(T.CloseParen);
    const step: Partial<Mutable<ChainStep>> = {};
    this.MANY({
      // Each clause once, and none after EXCLUDE: what is too much is left for the error.
      GATE: () => !exclude && !this.#taken(step),
      DEF: () => {
        this.OR([
          { ALT: () => this.SUBRULE(this.whenClause, { ARGS: [step] }) },
          { ALT: () => this.SUBRULE(this.afterClause, { ARGS: [step] }) },
          { ALT: () => this.SUBRULE(this.countClause, { ARGS: [step] }) },
        ]);
      },
    });
    return this.ACTION(() =>
      this.mark(label, exclude ? { label: label.image, exclude: what } : { label: label.image, what, ...step }),
    );
  });

  readonly whenClause: ParserMethod<[Partial<Mutable<ChainStep>>], void> = this.RULE('whenClause', (step) => {
    this.CONSUME(T.When);
    this.CONSUME(T.OpenParen);
    const when = this.SUBRULE(this.moment);
    this.CONSUME(T.CloseParen);
    this.ACTION(() => {
      step.when = when;
    });
  });

  readonly afterClause: ParserMethod<[Partial<Mutable<ChainStep>>], void> = this.RULE('afterClause', (step) => {
    this.CONSUME(T.After);
    this.CONSUME(T.OpenParen);
    const label = this.CONSUME(T.Word);
    this.CONSUME(T.Comma);
    const sign = this.OR([
      { ALT: () => this.CONSUME(T.Less) },
      { ALT: () => this.CONSUME(T.LessOrEqual) },
      { ALT: () => this.CONSUME(T.More) },
      { ALT: () => this.CONSUME(T.MoreOrEqual) },
    ]);
    const span = this.SUBRULE(this.span);
    this.CONSUME(T.CloseParen);
    this.ACTION(() => {
      step.after = this.mark(label, { label: label.image, is: sign.image as '<' | '<=' | '>' | '>=', ...span });
    });
  });

  readonly countClause: ParserMethod<[Partial<Mutable<ChainStep>>], void> = this.RULE('countClause', (step) => {
    const word = this.CONSUME(T.Count);
    this.CONSUME(T.OpenParen);
    let sign = '>=';
    this.OPTION(() => {
      sign = this.OR([
        { ALT: () => this.CONSUME(T.Equal) },
        { ALT: () => this.CONSUME(T.Less) },
        { ALT: () => this.CONSUME(T.LessOrEqual) },
        { ALT: () => this.CONSUME(T.More) },
        { ALT: () => this.CONSUME(T.MoreOrEqual) },
      ]).image;
    });
    const n = this.CONSUME(T.NumberToken);
    this.CONSUME(T.CloseParen);
    this.ACTION(() => {
      step.count = this.mark(word, { is: sign as '=' | '<' | '<=' | '>' | '>=', n: literalNumber(n.image) });
      this.offsets.set(step.count, n.startOffset);
    });
  });

  #taken(step: Partial<ChainStep>): boolean {
    const { tokenType } = this.LA(1);
    return (
      (tokenType === T.When && step.when !== undefined) ||
      (tokenType === T.After && step.after !== undefined) ||
      (tokenType === T.Count && step.count !== undefined)
    );
  }
}
