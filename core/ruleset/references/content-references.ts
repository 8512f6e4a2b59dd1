import { isTemplate, readTemplate } from '../../decision/content/language/read-template.ts';
import type { TemplateNames } from '../../decision/content/language/template-names.ts';
import type { ContentsByKind } from '../../decision/offer.ts';
import type { JsonValue } from '../../lib/json.ts';
import { type Reference, to } from './reference.ts';

/** What content names: attributes, measures and strategies in its templates, and the strategy of a list. Content may be for a list, so its strategy counts whatever it is for. */
export function contentReferences(content: JsonValue | undefined, pointer: string): readonly Reference[] {
  if (content === undefined) return [];
  return [...strategyOf(content, pointer), ...templateReferences(content, pointer)];
}

/** Of contents by kind. */
export function contentsReferences(contents: ContentsByKind | undefined, pointer: string): readonly Reference[] {
  return Object.entries(contents ?? {}).flatMap(([kind, content]) => [
    ...(kind === 'list' ? strategyOf(content, `${pointer}/list`) : []),
    ...templateReferences(content, `${pointer}/${kind}`),
  ]);
}

function strategyOf(content: JsonValue, pointer: string): readonly Reference[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return [];
  const strategy = Object.hasOwn(content, 'strategy') ? (content as { strategy?: JsonValue }).strategy : undefined;
  return typeof strategy === 'string' ? [to('strategy', strategy, `${pointer}/strategy`)] : [];
}

function templateReferences(content: JsonValue, pointer: string): readonly Reference[] {
  if (typeof content === 'string') return isTemplate(content) ? namesIn(content, pointer) : [];
  if (typeof content !== 'object' || content === null) return [];
  return Object.entries(content).flatMap(([step, each]) =>
    templateReferences(each, `${pointer}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** Read by the code that reads templates for a publish: it asks for each name that it meets. */
function namesIn(text: string, pointer: string): readonly Reference[] {
  const found: Reference[] = [];
  const tell = (kind: 'attribute' | 'measure' | 'strategy') => (id: string) => void found.push(to(kind, id, pointer));
  const names: TemplateNames = {
    attributes: new AskedMap(tell('attribute')),
    measures: new AskedMap(tell('measure')),
    strategies: new AskedSet(tell('strategy')),
    redirectHosts: new Set(),
  };
  readTemplate(text, names, pointer);
  return found;
}

/** Has everything, and tells what was asked for. */
class AskedMap extends Map<string, { readonly public: boolean }> {
  readonly #tell: (id: string) => void;

  constructor(tell: (id: string) => void) {
    super();
    this.#tell = tell;
  }

  override get(id: string): { readonly public: boolean } {
    this.#tell(id);
    return { public: true };
  }
}

/** The same for names that say nothing more. */
class AskedSet extends Set<string> {
  readonly #tell: (id: string) => void;

  constructor(tell: (id: string) => void) {
    super();
    this.#tell = tell;
  }

  override has(id: string): boolean {
    this.#tell(id);
    return true;
  }
}
