import { byteLength } from '../../lib/byte-length.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { didYouMean } from '../../segment/nearest-name.ts';
import type { CompiledContent } from '../content/compiled-content.ts';
import { compileContent } from '../content/language/compile-content.ts';
import type { Placement } from '../placement.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionPlace, DecisionProblem, DecisionProblemCode } from './decision-problem.ts';

/** What of a placement decides which content fits. */
export type ContentTaker = Pick<Placement, 'kind' | 'valueType'>;

/** Content for a placement of a kind → what is filled in without parsing, or every reason why not. */
export function compileForKind(
  content: JsonValue,
  { kind, valueType = 'json' }: ContentTaker,
  place: DecisionPlace,
  names: DecisionNames,
): Result<CompiledContent, readonly DecisionProblem[]> {
  const refuse = (code: DecisionProblemCode, detail: string, pointer = '') =>
    err([{ ...place, pointer: place.pointer + pointer, code, detail }]);
  const bytes = byteLength(JSON.stringify(content));
  if (bytes > limit('contentBytes')) {
    return refuse('contentTooLarge', `The content has ${bytes} bytes; ${limit('contentBytes')} are allowed.`);
  }
  if (kind === 'value' && valueType !== 'json' && typeof content !== valueType) {
    return refuse('contentKind', `The placement takes a ${valueType}.`);
  }
  const strategy = kind === 'list' ? strategyOf(content) : null;
  if (strategy !== null) {
    if (!names.strategies.has(strategy)) {
      const detail = `There is no recommendation strategy "${strategy}".${didYouMean(strategy, names.strategies)}`;
      return refuse('unknownStrategy', detail, '/strategy');
    }
  }
  const compiled = compileContent(content, kind, names.content);
  if (compiled.ok) return ok(strategy === null ? compiled.value : withItems(compiled.value, strategy));
  return err(compiled.error.map((each) => ({ ...place, ...each, pointer: place.pointer + each.pointer })));
}

/** `items` of the list are what the strategy recommends: filled in like a placeholder, so that an offer without any is passed over. */
function withItems(content: CompiledContent, strategy: string): CompiledContent {
  const path = `items.${strategy}`;
  const all = (paths: readonly string[] = []) => [...new Set([...paths, path])].sort();
  return {
    value: { ...(content.value as JsonObject), items: '' },
    templates: { ...content.templates, '/items': [{ path, as: 'plain' }] },
    needs: all(content.needs),
    reads: all(content.reads),
  };
}

function strategyOf(content: JsonValue): string | null {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return null;
  const { strategy } = content as JsonObject;
  return typeof strategy === 'string' ? strategy : null;
}
