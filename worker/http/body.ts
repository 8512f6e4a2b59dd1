import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ProblemExtras, ProblemKind } from './problem.ts';

export interface BodyProblem {
  readonly kind: ProblemKind;
  readonly extras: ProblemExtras;
}

export interface ParsedBody {
  readonly json: unknown;
  /** After decompression. */
  readonly bytes: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Reads a JSON body under any content type, plain or gzip, and never holds more than the cap: a gzip bomb is cut off while it unpacks. */
export async function readJsonBody(
  request: Request,
  cap: number = limit('requestBytes'),
): Promise<Result<ParsedBody, BodyProblem>> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity' && encoding !== 'gzip') {
    return err({
      kind: 'unsupportedMediaType',
      extras: { detail: 'send the body plain or with Content-Encoding: gzip' },
    });
  }
  if (Number(request.headers.get('content-length') ?? 0) > cap) return err(tooLarge(cap));
  const read =
    encoding === 'gzip'
      ? await readCapped(request.body?.pipeThrough(new DecompressionStream('gzip')) ?? null, cap)
      : await readPlain(request, cap);
  if (!read.ok) return read;
  return parse(read.value);
}

async function readPlain(request: Request, cap: number): Promise<Result<Uint8Array, BodyProblem>> {
  if (request.headers.has('content-length')) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > cap ? err(tooLarge(cap)) : ok(bytes);
  }
  return readCapped(request.body, cap);
}

async function readCapped(
  stream: ReadableStream<Uint8Array> | null,
  cap: number,
): Promise<Result<Uint8Array, BodyProblem>> {
  if (!stream) return ok(new Uint8Array(0));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > cap) return err(tooLarge(cap));
      chunks.push(chunk);
    }
  } catch {
    return err({ kind: 'badRequest', extras: { detail: 'the body could not be read: cut off, or not gzip' } });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return ok(whole);
}

function parse(bytes: Uint8Array): Result<ParsedBody, BodyProblem> {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return err({ kind: 'malformedJson', extras: { detail: 'the body is not UTF-8' } });
  }
  try {
    return ok({ json: JSON.parse(text), bytes: bytes.length });
  } catch {
    return err({ kind: 'malformedJson', extras: { detail: 'the body is not complete, valid JSON' } });
  }
}

function tooLarge(cap: number): BodyProblem {
  return { kind: 'tooLarge', extras: { detail: `a request may hold ${cap} bytes after decompression` } };
}
