import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
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
  const schema = z.toJSONSchema(RESOURCE_INPUT_SCHEMAS[kind], { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, unknown>;
  };
  const member = KINDS[kind].expression;
  if (member !== null && schema.properties)
    schema.properties[member] = {
      type: 'string',
      description: 'PQL. Write it as a block: a | and the text below it',
    };
  return { title: kind, ...schema };
}
