import type { JsonObject, JsonValue } from '../../../lib/json.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { ContentKind } from '../../placement.ts';
import type { CompiledContent, Template, TemplatePart } from '../compiled-content.ts';
import { hostOf, isWebUrl } from '../safe-url.ts';
import { compileHtml, htmlProblems } from './compile-html.ts';
import type { ContentProblem } from './content-problem.ts';
import { domTexts } from './dom-actions.ts';
import { isTemplate, type RawPart, readTemplate } from './read-template.ts';
import type { TemplateNames } from './template-names.ts';
import type { TextUse } from './text-use.ts';

/** Content as operators write it, for one kind of placement → content that is filled in without parsing. Reports every problem. Linear. */
export function compileContent(
  value: JsonValue,
  kind: ContentKind,
  names: TemplateNames,
): Result<CompiledContent, readonly ContentProblem[]> {
  const problems: ContentProblem[] = [];
  const templates: Record<string, Template> = {};
  const useOf = usesOf(value, kind, problems);
  if (problems.length > 0) return err(problems);
  const bare = takeTemplates(value, '', (text, pointer) => {
    const compiled = compileText(text, useOf(pointer), names, pointer);
    if (!compiled.ok) problems.push(...compiled.error);
    else if (compiled.value) templates[pointer] = compiled.value;
    return compiled.ok && compiled.value ? '' : text;
  });
  if (problems.length > 0) return err(problems);
  const all = Object.values(templates);
  if (all.length === 0) return ok({ value });
  const needs = [...new Set(all.flatMap((parts) => parts.flatMap((part) => pathOf(part))))].sort();
  const reads = [...new Set(all.flatMap(readsOf))].sort();
  return ok({ value: bare, templates, ...(needs.length > 0 && { needs }), reads });
}

/** Checks the shape that the kind wants; the answer says how the string at a pointer is used. */
function usesOf(value: JsonValue, kind: ContentKind, problems: ContentProblem[]): (pointer: string) => TextUse {
  const refuse = (detail: string) => void problems.push({ pointer: '', code: 'contentKind', detail });
  if (kind === 'html') {
    if (typeof value !== 'string') refuse('A placement of HTML takes text.');
    return () => 'html';
  }
  if (kind === 'dom') {
    const texts = domTexts(value);
    if (!texts.ok) problems.push(...texts.error);
    return (pointer) => (texts.ok ? (texts.value.get(pointer) ?? 'fixed') : 'fixed');
  }
  if (kind === 'redirect') {
    if (typeof fieldOf(value, 'url') !== 'string') refuse('A redirect takes {"url": "…"}.');
    return (pointer) => (pointer === '/url' ? 'redirect' : 'fixed');
  }
  if (kind === 'list') {
    const [strategy, items] = [fieldOf(value, 'strategy'), fieldOf(value, 'items')];
    if (typeof strategy !== 'string' && !Array.isArray(items)) {
      refuse('A list takes {"strategy": "…"} with the id of a recommendation strategy, or {"items": […]}.');
    }
    return (pointer) => (pointer === '/strategy' ? 'fixed' : 'plain');
  }
  return () => 'plain';
}

function fieldOf(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}

function compileText(
  text: string,
  use: TextUse,
  names: TemplateNames,
  pointer: string,
): Result<Template | null, readonly ContentProblem[]> {
  if (!isTemplate(text)) {
    const problems = fixedProblems(text, use, names, pointer);
    return problems.length > 0 ? err(problems) : ok(null);
  }
  if (use === 'fixed') {
    return err([{ pointer, code: 'unsafePlace', detail: 'This member is taken as it is: it holds no placeholders.' }]);
  }
  const read = readTemplate(text, names, pointer);
  if (!read.ok) return read;
  if (use === 'html') return compileHtml(read.value, pointer);
  if (use === 'plain') return ok(plain(read.value));
  return compileAddress(read.value, use, names, pointer);
}

function fixedProblems(text: string, use: TextUse, names: TemplateNames, pointer: string): readonly ContentProblem[] {
  if (use === 'html') return htmlProblems(text, pointer);
  if (use !== 'url' && use !== 'redirect') return [];
  if (!isWebUrl(text) || text === '') {
    return [{ pointer, code: 'unsafeUrl', detail: 'The address must be http(s) or relative.' }];
  }
  return use === 'redirect' ? hostProblems(text, names, pointer) : [];
}

function hostProblems(url: string, names: TemplateNames, pointer: string): readonly ContentProblem[] {
  const host = hostOf(url);
  if (host === null || names.redirectHosts.has(host)) return [];
  const known = [...names.redirectHosts].sort().join(', ') || 'none, so only relative ones';
  const detail = `A redirect may not lead to "${host.slice(0, 100)}". Allowed are the hosts of the sources' origins: ${known}.`;
  return [{ pointer, code: 'unsafeUrl', detail }];
}

/** Data: the page's own code gets values as they are. */
function plain(parts: readonly RawPart[]): Template {
  return parts.map((part): TemplatePart => {
    if ('text' in part) return part.text;
    if ('path' in part) return { path: part.path, as: 'plain' };
    return { section: part.section, inverted: part.inverted, parts: plain(part.parts) };
  });
}

/** An address outside HTML: its beginning, up to the host's end, is written out; values are pieces of the rest. */
function compileAddress(
  parts: readonly RawPart[],
  use: 'url' | 'redirect',
  names: TemplateNames,
  pointer: string,
): Result<Template, readonly ContentProblem[]> {
  const [first] = parts;
  const start = first && 'text' in first ? first.text : '';
  if (!/^(?:https?:\/\/[^/?#\\]+[/?#]|\/(?![/\\])|[?#])/i.test(start)) {
    const detail =
      'An address begins with a host, written out up to the first "/" after it, or with "/"; values come later.';
    return err([{ pointer, code: 'unsafeUrl', detail }]);
  }
  const problems = use === 'redirect' ? hostProblems(start, names, pointer) : [];
  if (problems.length > 0) return err(problems);
  const pieces = (raw: readonly RawPart[]): Template =>
    raw.map((part): TemplatePart => {
      if ('text' in part) return part.text;
      if ('path' in part) return { path: part.path, as: 'piece' };
      return { section: part.section, inverted: part.inverted, parts: pieces(part.parts) };
    });
  return ok(pieces(parts));
}

function takeTemplates(value: JsonValue, pointer: string, take: (text: string, pointer: string) => string): JsonValue {
  if (typeof value === 'string') return take(value, pointer);
  if (typeof value !== 'object' || value === null) return value;
  const at = (step: string | number) => `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (Array.isArray(value)) return value.map((member, i) => takeTemplates(member, at(i), take));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, member]) => [name, takeTemplates(member, at(name), take)]),
  );
}

/** Outside of every section a value must be there; a section says what is shown without it. */
function pathOf(part: TemplatePart): readonly string[] {
  return typeof part === 'object' && 'path' in part ? [part.path] : [];
}

const ROOTED = /^(?:(?:attribute|measure|context|item)\.|items(?:\.|$))/;

function readsOf(parts: Template): readonly string[] {
  return parts.flatMap((part): readonly string[] => {
    if (typeof part === 'string') return [];
    if ('path' in part) return ROOTED.test(part.path) ? [part.path] : [];
    return [...(ROOTED.test(part.section) ? [part.section] : []), ...readsOf(part.parts)];
  });
}
