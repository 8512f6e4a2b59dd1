/** Text that is already HTML. Only `html` and `trusted` make it, so everything else gets escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped; null, undefined and false are nothing; lists are joined. */
export type Fill = Html | string | number | boolean | null | undefined | readonly Fill[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

function fill(value: Fill): string {
  if (value instanceof Html) return value.text;
  if (value === null || value === undefined || typeof value === 'boolean') return '';
  if (typeof value === 'object') return value.map(fill).join('');
  return escapeHtml(String(value));
}

/** Tagged template that escapes by default. Attributes must be quoted in the template. */
export function html(parts: TemplateStringsArray, ...values: readonly Fill[]): Html {
  let text = parts[0] ?? '';
  for (let i = 0; i < values.length; i++) text += fill(values[i]) + (parts[i + 1] ?? '');
  return new Html(text);
}

/** For our own drawings and for the content of offers, which operators write and nobody else. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** JSON for a data block. `<` is written as an escape, so that no value can close the element. */
export function jsonBlock(id: string, value: unknown): Html {
  const json = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return new Html(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`);
}
