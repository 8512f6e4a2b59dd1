import Mustache from 'mustache';
import { err, ok, type Result } from '../../../lib/result.ts';
import { didYouMean } from '../../../segment/nearest-name.ts';
import type { ContentProblem } from './content-problem.ts';
import type { TemplateNames } from './template-names.ts';

/** A template before it is known how its values must be escaped. `at`: where it stands in the text, UTF-16 units. */
export type RawPart =
  | { readonly text: string; readonly at: number }
  | { readonly path: string; readonly at: number }
  | { readonly section: string; readonly inverted: boolean; readonly parts: readonly RawPart[]; readonly at: number };

type Token = readonly [type: string, value: string, start: number, end: number, ...rest: unknown[]];

const ROOTS = ['attribute', 'measure', 'context', 'item', 'items'] as const;
const PATH = /^(?:\.|[A-Za-z_][\w-]*(?:\.[\w-]+)*)$/;
/** Sections in sections. */
const MAX_DEPTH = 5;
const MAX_PARTS = 200;

/** Whether a string is a template at all. */
export function isTemplate(text: string): boolean {
  return text.includes('{{');
}

/** Reads Mustache's logic-less language, without what escapes nothing (`{{{a}}}`, `{{&a}}`), partials and changed delimiters. */
export function readTemplate(
  text: string,
  names: TemplateNames,
  pointer: string,
): Result<readonly RawPart[], readonly ContentProblem[]> {
  let tokens: readonly Token[];
  try {
    tokens = Mustache.parse(text) as unknown as readonly Token[];
  } catch (error) {
    const detail = `The template cannot be read: ${error instanceof Error ? error.message : 'it is malformed'}.`;
    return err([{ pointer, code: 'templateSyntax', detail }]);
  }
  const reader = new Reader(names, pointer);
  const parts = reader.read(tokens, 0);
  return reader.problems.length > 0 ? err(reader.problems) : ok(parts);
}

class Reader {
  readonly problems: ContentProblem[] = [];
  readonly #names: TemplateNames;
  readonly #pointer: string;
  #count = 0;

  constructor(names: TemplateNames, pointer: string) {
    this.#names = names;
    this.#pointer = pointer;
  }

  read(tokens: readonly Token[], depth: number): readonly RawPart[] {
    if (depth > MAX_DEPTH) {
      this.#refuse('templateSyntax', `Sections are nested more than ${MAX_DEPTH} deep.`);
      return [];
    }
    return tokens.flatMap((token) => this.#part(token, depth));
  }

  #part([type, value, at, , inner]: Token, depth: number): readonly RawPart[] {
    if (++this.#count === MAX_PARTS) this.#refuse('templateSyntax', `A template has at most ${MAX_PARTS} parts.`);
    if (type === 'text') return [{ text: value, at }];
    if (type === '!') return [];
    if (type === 'name') return this.#check(value, depth) ? [{ path: value, at }] : [];
    if (type === '#' || type === '^') {
      const parts = this.read(inner as readonly Token[], depth + 1);
      return this.#check(value, depth) ? [{ section: value, inverted: type === '^', parts, at }] : [];
    }
    const what =
      type === '&' ? 'values are always escaped: write {{name}}' : 'partials and other delimiters are not supported';
    this.#refuse('templateSyntax', `At ${at + 1}: ${what}.`);
    return [];
  }

  #check(path: string, depth: number): boolean {
    const [root = '', name = ''] = path.split('.');
    if (!PATH.test(path)) return this.#refuse('templateSyntax', `"${path.slice(0, 60)}" is no name of a value.`);
    if (root === 'attribute' || root === 'measure') return this.#checkDeclared(root, name);
    if ((root === 'context' || root === 'item') && name !== '') return true;
    if (root === 'items' && (name !== '' || depth === 0)) return this.#checkStrategy(path.slice(root.length + 1));
    // Inside a section over a list a bare name is a field of the list's member.
    if (depth > 0) return true;
    const hint = didYouMean(root, ROOTS) || ' Names begin with attribute., measure., context., item. or items.';
    return this.#refuse('unknownValue', `There is no value "${path.slice(0, 60)}".${hint}`);
  }

  #checkDeclared(kind: 'attribute' | 'measure', name: string): boolean {
    const declared = kind === 'attribute' ? this.#names.attributes : this.#names.measures;
    const found = declared.get(name);
    if (!found) {
      return this.#refuse('unknownValue', `There is no ${kind} "${name}".${didYouMean(name, declared.keys())}`);
    }
    if (found.public) return true;
    return this.#refuse('privateValue', `The ${kind} "${name}" is not public, so no content may show it.`);
  }

  #checkStrategy(id: string): boolean {
    const { strategies } = this.#names;
    if (strategies.has(id)) return true;
    if (id === '') return this.#refuse('unknownValue', 'Items are those of a strategy: write {{#items.<strategy>}}.');
    const detail = `There is no recommendation strategy "${id.slice(0, 60)}".${didYouMean(id, strategies)}`;
    return this.#refuse('unknownValue', detail);
  }

  #refuse(code: ContentProblem['code'], detail: string): false {
    this.problems.push({ pointer: this.#pointer, code, detail });
    return false;
  }
}
