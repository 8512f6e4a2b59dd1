import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../../core/ruleset/schema.ts';
import { SCHEMA_FOLDER } from './layout.ts';

/** Writes the JSON Schema of each kind where the first line of every file points: editors complete and check by it. */
export async function writeJsonSchemas(folder: string): Promise<void> {
  const into = join(folder, SCHEMA_FOLDER);
  await mkdir(into, { recursive: true });
  for (const kind of RESOURCE_KINDS) {
    await writeFile(join(into, `${kind}.json`), `${JSON.stringify(jsonSchemaOf(kind), null, 2)}\n`);
  }
}

/** Of the form that a file has: what has a default may be missing, and a rule is text. */
export function jsonSchemaOf(kind: ResourceKind): object {
  const schema = z.toJSONSchema(RESOURCE_INPUT_SCHEMAS[kind], { io: 'input', unrepresentable: 'any' });
  const text = JSON.parse(JSON.stringify(schema), (_, each: unknown) => (isRule(each) ? RULE : each)) as Definitions;
  const { $defs = {} } = text;
  // Nothing leads to the trees of rules any more.
  for (const name of ['Expression', 'ExpressionNode']) delete $defs[name];
  return { title: kind, ...text };
}

interface Definitions {
  readonly $defs?: Record<string, unknown>;
}

const RULE = { type: 'string', description: 'PQL. Write it as a block: a | and the text below it' };

/** Text or a tree: files hold text. */
function isRule(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || !('anyOf' in schema)) return false;
  return JSON.stringify(schema.anyOf).startsWith('[{"$ref":"#/$defs/Expression"}');
}
