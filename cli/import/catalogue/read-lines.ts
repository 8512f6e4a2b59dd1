import { createReadStream } from 'node:fs';

/** Node's decoders know both; bytes that are no UTF-8 become U+FFFD and are refused row by row. */
export type FeedEncoding = 'utf8' | 'latin1';

/** One line without its end; null: longer than what is held. */
export interface FeedLine {
  readonly line: number;
  readonly text: string | null;
}

/** Streams the text of a file, a mark of byte order left out. */
export async function* readText(path: string, encoding: FeedEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding === 'utf8' ? 'utf-8' : 'latin1');
  for await (const chunk of createReadStream(path)) {
    const text = decoder.decode(chunk as Buffer, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** Streams lines. Of a line over `maxLength` nothing is held. */
export async function* readLines(texts: AsyncIterable<string>, maxLength: number): AsyncGenerator<FeedLine> {
  let line = 1;
  let held: string[] = [];
  let length = 0;
  const take = (piece: string): void => {
    length += piece.length;
    if (length <= maxLength) held.push(piece);
    else held = [];
  };
  const end = (): FeedLine => {
    const text = length > maxLength ? null : held.join('').replace(/\r$/, '');
    held = [];
    length = 0;
    return { line: line++, text };
  };
  for await (const text of texts) {
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      take(text.slice(from, at));
      yield end();
      from = at + 1;
    }
    if (from < text.length) take(text.slice(from));
  }
  if (length > 0) yield end();
}
