import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { demoFileSchema } from './demo-file.schema.ts';

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:8787';

/** What `npm start` left in `<stateDir>/demo.json`; null when there is none. The error says what is wrong, for a person. */
export async function readLocalInstance(
  stateDir: string,
): Promise<Result<ReturnType<typeof demoFileSchema.parse> | null, string>> {
  const path = join(stateDir, 'demo.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return ok(null);
  try {
    return ok(demoFileSchema.parse(JSON.parse(text)));
  } catch {
    return err(`${path} is damaged: start the local platform again`);
  }
}

/** An http(s) address, or what to write instead. */
export function checkEndpoint(endpoint: string): Result<string, string> {
  const sound = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  return sound ? ok(endpoint) : err(`--endpoint ${endpoint} is not an address: write it as ${DEFAULT_ENDPOINT}`);
}
