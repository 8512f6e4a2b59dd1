import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Checkpoint, checkpointSchema } from './checkpoint.schema.ts';

/** The checkpoint file of one (source file, its size, mapping text). */
export class CheckpointStore {
  readonly path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(stateDir: string, file: { readonly path: string; readonly bytes: number }, mappingText: string) {
    const name = createHash('sha256')
      .update(JSON.stringify([resolve(file.path), file.bytes, mappingText]))
      .digest('hex')
      .slice(0, 24);
    this.path = join(stateDir, 'replay', `${name}.json`);
  }

  /** Null when there is none, or when it cannot be read: starting over is harmless. */
  async load(): Promise<Checkpoint | null> {
    try {
      return checkpointSchema.parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch {
      return null;
    }
  }

  /** Writes beside and renames, one at a time, so that an interruption leaves the old one or the new one. */
  save(checkpoint: Checkpoint): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      await mkdir(dirname(this.path), { recursive: true });
      const draft = `${this.path}.${process.pid}.tmp`;
      await writeFile(draft, `${JSON.stringify(checkpoint)}\n`);
      await rename(draft, this.path);
    });
    return this.#writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.path, { force: true });
  }
}
