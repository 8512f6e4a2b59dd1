import { z } from 'zod';
import { KINDS, RESOURCE_KINDS } from '../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../core/ruleset/schema.ts';
import { FUNCTIONS, type FunctionEntry, type Param } from '../core/segment/language/function-table.ts';
import { ADMIN_OPERATIONS } from '../worker/admin/admin-app.ts';
import { rolesWith } from '../worker/admin/roles.ts';

type Table = (rows: readonly (readonly string[])[]) => string;

/** Every operation of the operator API, by tag. */
export function apiPage(table: Table): string {
  const tags = [...new Set(ADMIN_OPERATIONS.map(({ tag }) => tag))].sort();
  const parts = tags.map((tag) => {
    const rows = ADMIN_OPERATIONS.filter((each) => each.tag === tag).map(({ method, path, summary, needs, id }) => [
      `\`${method.toUpperCase()} ${path}\``,
      summary,
      `\`${needs}\`: ${rolesWith(needs).join(', ')}`,
      `\`${id}\``,
    ]);
    return `## ${tag}\n\n${table([['operation', 'does', 'who may', 'operationId'], ...rows])}\n`;
  });
  return `# The operator API\n\nBelow \`/v1/admin\`, with an operator token or a session. Bodies and answers: \`/openapi.json\`, readable and to be tried at \`/docs\`. Who may: [roles](roles.md).\n\n${parts.join('\n')}`;
}

interface Shape {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly $ref?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Members of every kind of resource, as it is put. */
export function kindsPage(table: Table): string {
  const parts = RESOURCE_KINDS.map((kind) => {
    const whole = z.toJSONSchema(RESOURCE_INPUT_SCHEMAS[kind], { io: 'input', unrepresentable: 'any' }) as Shape & {
      readonly $defs?: Readonly<Record<string, Shape>>;
    };
    const named = (shape: Shape): Shape => whole.$defs?.[shape.$ref?.split('/').at(-1) ?? ''] ?? shape;
    const top = named(whole);
    const forms = (top.oneOf ?? top.anyOf ?? [top]).map(named);
    const tables = forms.map((form) => {
      const rows = Object.entries(form.properties ?? {}).map(([name, shape]) => [
        `\`${name}\``,
        typeText(shape),
        form.required?.includes(name) ? 'yes' : '',
        shape.default === undefined ? '' : `\`${JSON.stringify(shape.default)}\``,
        shape.description ?? '',
      ]);
      return table([['member', 'is', 'needed', 'left out', ''], ...rows]);
    });
    return `## ${kind}\n\n\`/${KINDS[kind].plural}\`\n\n${tables.join('\n\n')}\n`;
  });
  return `# Kinds of resources\n\nWhat each kind has, as it is put and as a file of [the command line](cli.md) holds it. Lists, history, copies, the archive: [resources](resources.md).\n\n${parts.join('\n')}`;
}

function typeText(shape: Shape): string {
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.enum) return shape.enum.map((each) => `\`${JSON.stringify(each)}\``).join(', ');
  const some = shape.anyOf ?? shape.oneOf;
  if (some) return [...new Set(some.map(typeText))].join(' or ');
  if (shape.type === 'array')
    return `list of ${shape.items ? typeText(shape.items) : 'anything'}${upTo(shape.maxItems)}`;
  if (shape.$ref !== undefined) return (shape.$ref.split('/').at(-1) ?? 'object').replace(/^__.*/, 'an expression');
  const [least, most] = [shape.minimum, shape.maximum];
  const range =
    most === undefined || most > 1e15
      ? least === undefined || least < -1e15
        ? ''
        : `, from ${least}`
      : `, ${least ?? ''} to ${most}`;
  const type = Array.isArray(shape.type) ? shape.type.join(' or ') : ((shape.type as string | undefined) ?? 'anything');
  return `${type}${upTo(shape.maxLength)}${type === 'string' ? '' : range}`;
}

function upTo(most: number | undefined): string {
  return most === undefined ? '' : `, at most ${most}`;
}

/** Functions of the rule language. */
export function functionsPage(table: Table): string {
  const rows = (Object.entries(FUNCTIONS) as [string, FunctionEntry][])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => [`\`${name}\``, signature(name, entry), RESULTS[entry.result] ?? entry.result]);
  return `# Functions of the rule language\n\nCalled as \`subject.f(…)\` or \`f(subject, …)\`, which are the same; some may stand between their operands. In brackets: may be left out. *each*: evaluated for each
element of the subject, whose members are bare names there. *literal*: must be written out. How rules are written, and what they mean: [the language](../design/segment-language.md).

Forms of their own: \`xEvent[…]\`, \`if(…)\`, \`date(…)\`, \`filter\`, \`chain(…)\`, \`inSegment("…")\`, \`score("…")\`.\n\n${table([['function', 'takes', 'gives'], ...rows])}\n`;
}

const RESULTS: Readonly<Record<string, string>> = {
  subject: 'as its subject',
  element: 'an element of its subject',
  argument: 'as its argument',
  arguments: 'a list of its arguments',
  strings: 'list of strings',
};

function signature(name: string, { params, infix }: FunctionEntry): string {
  const [subject, ...rest] = params.map(paramText);
  if (subject === undefined) return `\`${name}()\``;
  const call = `${subject}.${name}(${rest.join(', ')})`;
  return infix ? `\`${call}\` or \`${subject} ${name} ${rest[0] ?? ''}\`` : `\`${call}\``;
}

function paramText({ kind, perElement, constant, optional }: Param): string {
  const text = `${perElement ? 'each ' : ''}${constant ? 'literal ' : ''}${kind}`;
  return optional ? `[${text}]` : text;
}
