import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';

/**
 * Parts of a manifest as NDJSON: `{"name", "hash", "part"}` a line, the hash being SHA-256 (hex) of the part's JSON. The file appears under its name when
 * it is whole, never before. Without a path, parts are counted and hashed only.
 */
export class PartFile {
  readonly names: string[] = [];
  bytes = 0;
  largest = 0;
  #isCommitted = false;
  readonly #path: string | null;
  readonly #stream: WriteStream | null;

  constructor(path: string | null) {
    this.#path = path;
    this.#stream = path === null ? null : createWriteStream(`${path}.partial`);
  }

  async add(name: string, part: unknown): Promise<void> {
    const text = JSON.stringify(part);
    const bytes = Buffer.byteLength(text);
    this.names.push(name);
    this.bytes += bytes;
    this.largest = Math.max(this.largest, bytes);
    if (!this.#stream) return;
    const hash = createHash('sha256').update(text).digest('hex');
    const line = `{"name":${JSON.stringify(name)},"hash":"${hash}","part":${text}}\n`;
    if (!this.#stream.write(line)) await new Promise<void>((resolve) => this.#stream?.once('drain', resolve));
  }

  async commit(): Promise<void> {
    if (!this.#stream || this.#path === null) return;
    this.#stream.end();
    await finished(this.#stream);
    await rename(`${this.#path}.partial`, this.#path);
    this.#isCommitted = true;
  }

  async abandon(): Promise<void> {
    if (!this.#stream || this.#path === null || this.#isCommitted) return;
    // A stream that is destroyed while it writes fails outside of this call.
    this.#stream.end();
    await finished(this.#stream).catch(() => undefined);
    await rm(`${this.#path}.partial`, { force: true });
  }
}
