import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { CompiledContent, Escape, Fill, Template } from './compiled-content.ts';
import { isWebUrl } from './safe-url.ts';

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Content with its templates filled. Without templates it is the ruleset's own value, the same object each time. Linear in its size. */
export function renderContent(content: CompiledContent, fill: Fill): JsonValue {
  const { templates } = content;
  return templates ? fillIn(content.value, '', templates, fill) : content.value;
}

function fillIn(value: JsonValue, pointer: string, templates: Record<string, Template>, fill: Fill): JsonValue {
  const template = templates[pointer];
  if (template) return renderTemplate(template, fill);
  if (typeof value !== 'object' || value === null) return value;
  const at = (step: string | number) => `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (Array.isArray(value)) return value.map((member, i) => fillIn(member, at(i), templates, fill));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, member]) => [name, fillIn(member, at(name), templates, fill)]),
  );
}

/** A template that is one placeholder and nothing else, for data: keeps its value's type. */
function renderTemplate(template: Template, fill: Fill): JsonValue {
  const [only] = template;
  if (template.length === 1 && typeof only === 'object' && 'path' in only && only.as === 'plain') {
    return fill[only.path] ?? null;
  }
  return join(template, fill, undefined);
}

/** `member`: of the list whose section this is. */
function join(template: Template, fill: Fill, member: JsonValue | undefined): string {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') text += part;
    else if ('path' in part) text += escaped(part.as, valueAt(part.path, fill, member));
    else text += section(part, fill, member);
  }
  return text;
}

function section(
  { section: path, inverted, parts }: Extract<Template[number], { readonly section: string }>,
  fill: Fill,
  member: JsonValue | undefined,
): string {
  const value = valueAt(path, fill, member);
  const isList = Array.isArray(value);
  const isThere = isList ? value.length > 0 : value !== undefined && value !== null && value !== false && value !== '';
  if (inverted) return isThere ? '' : join(parts, fill, member);
  if (!isThere) return '';
  return isList ? value.map((each) => join(parts, fill, each)).join('') : join(parts, fill, member);
}

function valueAt(path: string, fill: Fill, member: JsonValue | undefined): JsonValue | undefined {
  if (Object.hasOwn(fill, path)) return fill[path];
  if (path === '.') return member;
  let at = member;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as JsonObject)[step];
  }
  return at;
}

function escaped(as: Escape, value: JsonValue | undefined): string {
  const text = textOf(value);
  if (as === 'plain') return text;
  if (as === 'urlPart' || as === 'piece')
    return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll("'", '%27');
  if (as === 'url' && !isWebUrl(text)) return '';
  return text.replace(/[&<>"']/g, (char) => HTML[char] as string);
}

/** As people write it. What has no plain form shows nothing. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(', ');
  return '';
}
