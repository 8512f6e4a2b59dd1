import { LineCounter, parseDocument } from 'yaml';
import { findCapProblem } from '../../../core/lib/json.ts';
import { limit } from '../../../core/lib/limits.ts';
import { KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { RESOURCE_INPUT_SCHEMAS, schemaProblems } from '../../../core/ruleset/schema.ts';
import type { Position } from '../../../core/segment/language/position.ts';
import type { Plain } from './canonical.ts';
import type { FileProblem, WrittenResource } from './project.ts';
import { placeInText, placeOf } from './yaml-place.ts';

export interface ReadFile {
  /** Null where the file cannot be read as one. */
  readonly resource: WrittenResource | null;
  readonly problems: readonly FileProblem[];
}

const CAPS = { maxDepth: 100, maxString: limit('adminBodyBytes'), maxItems: 10_000 };

/** The text of one file → a resource, or every reason why it is none. The id may be left out: the file's name says it. */
export function readYamlFile(kind: ResourceKind, id: string, file: string, text: string): ReadFile {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source = { doc, lines, text };
  const at = (position: Position, code: string, detail: string): FileProblem => ({ file, ...position, code, detail });
  const syntax = [...doc.errors, ...doc.warnings].map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return at({ line, column: col }, 'yaml', message);
  });
  if (syntax.length > 0) return { resource: null, problems: syntax };
  const json = toJson(() => doc.toJS({ maxAliasCount: 100 }));
  if (json === undefined || findCapProblem(json, CAPS) !== null)
    return {
      resource: null,
      problems: [at({ line: 1, column: 1 }, 'tooLarge', 'the file is nested or repeated beyond reason')],
    };
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { resource: null, problems: [at({ line: 1, column: 1 }, 'type', `expected the members of one ${kind}`)] };
  const resource = { id, ...json } as Plain;
  const written: WrittenResource = {
    kind,
    id,
    file,
    resource,
    place: (pointer, inside) => (inside ? placeInText(source, pointer, inside) : placeOf(source, pointer)),
  };
  if (resource.id !== id) {
    const detail = `the id is "${String(resource.id)}" and the file's name says "${id}": make them the same`;
    return { resource: null, problems: [at(placeOf(source, '/id'), 'idMismatch', detail)] };
  }
  const problems = resourceProblems(written);
  return { resource: problems.length > 0 ? null : written, problems };
}

/** What is wrong with one resource alone. */
export function resourceProblems({ kind, file, resource, place }: WrittenResource): readonly FileProblem[] {
  const parsed = RESOURCE_INPUT_SCHEMAS[kind].safeParse(resource);
  if (!parsed.success)
    return schemaProblems(parsed.error).map(({ pointer, code, detail }) => ({
      file,
      ...place(pointer),
      code,
      detail: named(pointer, detail),
    }));
  const member = KINDS[kind].expression;
  const rule = member === null ? undefined : (parsed.data as Plain)[member];
  if (member === null || rule === undefined) return [];
  const read = readRule(rule as Parameters<typeof readRule>[0]);
  if (read.ok) return [];
  const { code, detail, position } = read.error;
  const inside = typeof rule === 'string' && position ? position : undefined;
  return [{ file, ...place(`/${member}`, inside), code, detail }];
}

/** The member stands in the text as well: one that is missing has no place of its own. */
function named(pointer: string, detail: string): string {
  const member = pointer.slice(1).replaceAll('/', '.');
  if (member === '') return detail;
  return /received undefined$/.test(detail) ? `${member} is missing` : `${member}: ${detail}`;
}

function toJson(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    // Aliases of aliases: the library counts them and stops.
    return undefined;
  }
}
