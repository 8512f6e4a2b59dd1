import { stableJson } from '../../../core/lib/stable-json.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';

const WIDTH = 100;

/**
 * The text of a rule over several lines where it is long: each `and` and `or` that stands alone begins one, from the outermost inwards until the
 * lines fit. Reading it gives the same rule; where it should not, the text stays as it is.
 */
export function wrapRule(text: string): string {
  for (let depth = 0; depth < 4; depth++) {
    const wrapped = wrapTo(text, depth);
    const fits = wrapped.split('\n').every((line) => line.length <= WIDTH);
    if (!fits && depth < 3) continue;
    return isSame(text, wrapped) ? wrapped : text;
  }
  return text;
}

/** Text in quotes, brackets, words that join. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[([]|[)\]]| (?=(?:and|or) )/g;

function wrapTo(text: string, most: number): string {
  if (text.length <= WIDTH) return text;
  let depth = 0;
  return text.replaceAll(TOKENS, (token) => {
    if (token === '(' || token === '[') depth++;
    else if (token === ')' || token === ']') depth--;
    return token === ' ' && depth <= most ? `\n${'  '.repeat(depth)}` : token;
  });
}

function isSame(text: string, wrapped: string): boolean {
  const [one, other] = [readRule(text), readRule(wrapped)];
  return one.ok && other.ok && stableJson(one.value) === stableJson(other.value);
}
