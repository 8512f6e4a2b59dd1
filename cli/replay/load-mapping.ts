import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { type CompiledMapping, compileMapping } from '../../core/source/compile-mapping.ts';
import { parseMapping } from '../../core/source/schema.ts';
import { ReplayError } from './replay-error.ts';

const SHIPPED = join(import.meta.dirname, '..', 'mappings');

export interface LoadedMapping {
  readonly compiled: CompiledMapping;
  /** The text of the file: part of what a checkpoint belongs to. */
  readonly text: string;
}

/** Reads a mapping: a path to a user's file, or the name of a shipped one. Throws ReplayError with every fault found. */
export async function loadMapping(nameOrPath: string): Promise<LoadedMapping> {
  const path = isPath(nameOrPath) ? resolve(nameOrPath) : join(SHIPPED, `${nameOrPath}.yaml`);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null)
    throw new ReplayError(
      `There is no mapping ${nameOrPath} (${path}). Shipped: ${(await shippedMappings()).join(', ')}; or give the path of your own .yaml file.`,
    );
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new ReplayError(`${path} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const mapping = parseMapping(raw);
  if (!mapping.ok) throw new ReplayError(faults(path, mapping.error));
  const compiled = compileMapping(mapping.value);
  if (!compiled.ok) throw new ReplayError(faults(path, compiled.error));
  return { compiled: compiled.value, text };
}

export async function shippedMappings(): Promise<readonly string[]> {
  const files = await readdir(SHIPPED);
  return files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
}

function isPath(nameOrPath: string): boolean {
  return isAbsolute(nameOrPath) || /[/\\]/.test(nameOrPath) || /\.(ya?ml|json)$/.test(nameOrPath);
}

function faults(path: string, errors: readonly string[]): string {
  return `The mapping ${path} needs ${errors.length === 1 ? 'a change' : `${errors.length} changes`}:\n${errors.map((error) => `  ${error}`).join('\n')}`;
}
