import { limit } from '../../../core/lib/limits.ts';
import type { CatalogueRow } from '../../../core/source/catalogue/parse-item.ts';
import type { FeedRow } from './feed-row.ts';
import type { FeedLine } from './read-lines.ts';

/** One JSON object a line. */
export async function* readNdjson(lines: AsyncIterable<FeedLine>): AsyncGenerator<FeedRow> {
  for await (const { line, text } of lines) {
    if (text?.trim() === '') continue;
    if (text === null || text.length > limit('catalogueRowBytes'))
      yield { line, unreadable: `longer than ${limit('catalogueRowBytes')} characters` };
    else yield parseLine(line, text);
  }
}

function parseLine(line: number, text: string): FeedRow {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { line, row: value as CatalogueRow };
    return { line, unreadable: 'not a JSON object' };
  } catch {
    return { line, unreadable: 'not JSON' };
  }
}
