import { compile } from 'json-schema-to-typescript';
import { openapiDocument } from '../worker/openapi.ts';

const MADE = '// Made by `npm run docs` from the OpenAPI document of the Worker. Do not edit.';
const REFERENCE = '#/components/schemas/';
const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

type Schema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * Types of what sites and servers ask over HTTP, as TypeScript: an interface for each schema, and `paths` in the shape that typed HTTP clients know (openapi-fetch and
 * others). What operators do is not in it.
 */
export async function apiTypes(): Promise<string> {
  const { paths, components } = openapiDocument() as Document;
  const types = new TypesOf(components.schemas);
  const asked = Object.entries(paths).filter(([, methods]) => methods.post?.requestBody !== undefined);
  const operations = asked
    .filter(([path]) => !path.startsWith('/v1/admin'))
    .map(([path, { post }]) => `  '${path}': {\n${post ? operationText(post, types) : ''}  };\n`);
  const head = `${MADE}\n// biome-ignore-all lint: made by a program.\n`;
  const given = `/** What is sent may be read-only. */\nexport type Given<T> = T extends readonly (infer M)[]\n  ? readonly Given<M>[]\n  : T extends object\n    ? { readonly [K in keyof T]: Given<T[K]> }\n    : T;\n`;
  const problems = `export interface ProblemAnswer {\n  headers: Record<string, string>;\n  content: { '${PROBLEM_TYPE}': Problem };\n}\n`;
  return `${head}\n${await types.text()}\n${given}\n${problems}\n/** By path, then by method. */\nexport interface paths {\n${operations.join('')}}\n`;
}

function operationText({ operationId, summary, parameters, requestBody, responses }: Operation, types: TypesOf) {
  if (parameters) throw new Error(`${operationId} has parameters: their types are not written yet`);
  const base = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}`;
  const body = (content: Content | undefined, name: string, as = ''): string => {
    const schema = content?.[JSON_TYPE]?.schema;
    if (!schema) throw new Error(`${operationId} takes or gives what is no JSON`);
    const type = types.nameOf(schema, name);
    return `content: { '${JSON_TYPE}': ${as === '' ? type : `${as}<${type}>`} }`;
  };
  const lines = [
    `/** ${summary}. */`,
    'post: {',
    '  parameters: { query?: never; header?: never; path?: never; cookie?: never };',
    `  requestBody: { ${body(requestBody?.content, `${base}Request`, 'Given')} };`,
    '  responses: {',
    ...Object.entries(responses).flatMap(([status, { description, content }]) => {
      if (content?.[PROBLEM_TYPE]) return [`    /** ${description}. */`, `    ${status}: ProblemAnswer;`];
      return [`    ${status}: { headers: Record<string, string>; ${body(content, `${base}Answer`)} };`];
    }),
    '  };',
    '};',
  ];
  return lines.map((line) => `    ${line}\n`).join('');
}

/** The schemas that somebody names, and all that those name. */
class TypesOf {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #wanted = new Map<string, Schema>([]);

  constructor(schemas: Readonly<Record<string, Schema>>) {
    this.#schemas = schemas;
    this.#want('Problem');
  }

  /** `name`: for a schema that has none because it stands in one place only. */
  nameOf(schema: Schema, name: string): string {
    const named = nameIn(schema.$ref);
    if (named !== null) {
      this.#want(named);
      return named;
    }
    this.#wanted.set(name, schema);
    this.#collect(schema);
    return name;
  }

  async text(): Promise<string> {
    const names = [...this.#wanted.keys()].sort();
    const definitions = JSON.parse(
      JSON.stringify(Object.fromEntries(names.map((name) => [name, this.#wanted.get(name)])), (_, value) =>
        this.#localReference(value),
      ),
    );
    const root = {
      type: 'object',
      additionalProperties: false,
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
      definitions: { ...definitions, [JSON_NAME]: JSON_SCHEMA },
    };
    const style = { singleQuote: true, printWidth: 120, bracketSpacing: true };
    const options = { bannerComment: '', unknownAny: true, ignoreMinAndMaxItems: true, style };
    return compile(root as Parameters<typeof compile>[0], 'Schemas', options);
  }

  #want(name: string): void {
    if (this.#wanted.has(name) || isJson(name)) return;
    const schema = this.#schemas[name];
    if (!schema) throw new Error(`no schema ${name}`);
    this.#wanted.set(name, schema);
    this.#collect(schema);
  }

  #collect(part: unknown): void {
    if (typeof part !== 'object' || part === null) return;
    for (const value of Object.values(part)) {
      const name = nameIn(value);
      if (name === null) this.#collect(value);
      else this.#want(name);
    }
  }

  #localReference(value: unknown): unknown {
    const name = nameIn(value);
    return name === null ? value : `#/definitions/${isJson(name) ? JSON_NAME : name}`;
  }
}

/** The one schema without a name of its own that public answers use: any JSON. Its number changes with every schema that is added anywhere. */
const JSON_NAME = 'JsonValue';
const JSON_SCHEMA = {
  anyOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'array', items: { $ref: `#/definitions/${JSON_NAME}` } },
    { type: 'object', additionalProperties: { $ref: `#/definitions/${JSON_NAME}` } },
  ],
};

function isJson(name: string): boolean {
  return name.startsWith('__schema');
}

function nameIn(value: unknown): string | null {
  return typeof value === 'string' && value.startsWith(REFERENCE) ? value.slice(REFERENCE.length) : null;
}
