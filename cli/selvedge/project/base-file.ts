import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { stableJson } from '../../../core/lib/stable-json.ts';
import type { Plain } from './canonical.ts';
import { BASE_FILE } from './layout.ts';

const baseSchema = z.object({
  url: z.string(),
  space: z.string(),
  /** By `kind id`: what the files were last the same as. */
  resources: z.record(z.string(), z.object({ version: z.int(), hash: z.string() })),
});
export type Base = z.output<typeof baseSchema>;

/** What the files of this folder came from. Null: nothing is known, or it is about another deployment. */
export async function readBase(folder: string, url: string, space: string): Promise<Base | null> {
  const text = await readFile(join(folder, BASE_FILE), 'utf8').catch(() => null);
  const parsed = text === null ? null : baseSchema.safeParse(toJson(text));
  return parsed?.success && parsed.data.url === url && parsed.data.space === space ? parsed.data : null;
}

export async function writeBase(folder: string, base: Base): Promise<void> {
  const path = join(folder, BASE_FILE);
  await mkdir(dirname(path), { recursive: true });
  const resources = Object.fromEntries(Object.entries(base.resources).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(path, `${JSON.stringify({ ...base, resources }, null, 2)}\n`);
}

/** Of the canonical form. */
export function hashOf(resource: Plain): string {
  return createHash('sha256').update(stableJson(resource)).digest('hex');
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
