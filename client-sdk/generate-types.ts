/** What a placement holds, as far as types go. A placement of the ruleset fits as it is. */
export interface TypedPlacement {
  readonly id: string;
  /** `value`, `json` (any JSON), `html`, `dom`, `redirect`, `list`; anything else is any JSON. */
  readonly kind: string;
  /** Of kind `value`: `boolean`, `number`, `string` or `json` (default). */
  readonly valueType?: string | undefined;
  readonly name?: string | undefined;
}

/** TypeScript of the content, by kind. Nothing imported: the file stands alone in a site's sources. */
const BY_KIND: Readonly<Record<string, string>> = {
  html: 'string',
  redirect: '{ readonly url: string }',
  dom: '{ readonly actions: readonly { readonly action: string; readonly selector: string; readonly value?: string; readonly name?: string }[] }',
  list: '{ readonly items: readonly SelvedgeItem[] }',
};
const BY_VALUE: Readonly<Record<string, string>> = { boolean: 'boolean', number: 'number', string: 'string' };

const ITEM = `  interface SelvedgeItem {
    readonly id: string;
    readonly title?: string;
    readonly url?: string;
    readonly image?: string;
    readonly price?: number;
    readonly [field: string]: SelvedgeJson | undefined;
  }
`;

/**
 * The text of a declaration file that tells `decide`, `useDecision` and `Placement` what the ruleset's placements hold. Sorted by id, so that the same
 * placements give the same file. Throws for two placements of one id.
 */
export function generateTypes(placements: readonly TypedPlacement[]): string {
  const sorted = [...placements].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const twice = sorted.find(({ id }, i) => id === sorted[i + 1]?.id);
  if (twice) throw new Error(`two placements are called ${JSON.stringify(twice.id)}`);
  const lines = sorted.map((placement) => {
    const comment = placement.name ? `    /** ${oneLine(placement.name)} */\n` : '';
    return `${comment}    readonly ${JSON.stringify(placement.id)}: ${contentType(placement)};\n`;
  });
  return `// Generated from the ruleset: do not edit.
export {};

declare global {
  type SelvedgeJson = string | number | boolean | null | readonly SelvedgeJson[] | { readonly [name: string]: SelvedgeJson };
${ITEM}  interface SelvedgePlacements {
${lines.join('')}  }
}
`;
}

function contentType({ kind, valueType }: TypedPlacement): string {
  const known = kind === 'value' ? BY_VALUE[valueType ?? 'json'] : BY_KIND[kind];
  return known ?? 'SelvedgeJson';
}

/** A comment that nothing can leave. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('*/', '*\u200b/').trim();
}

/** Placements in either form: bare, or as `GET /v1/admin/placements` lists them. Throws for anything else. */
export function readPlacements(json: unknown): readonly TypedPlacement[] {
  const listed = typeof json === 'object' && json !== null && 'items' in json ? json.items : json;
  if (!Array.isArray(listed)) throw new Error('placements are a list, or what the operator API lists');
  return listed.flatMap((item: TypedPlacement & { readonly archived?: boolean; readonly resource?: object }) =>
    item.archived ? [] : [{ ...item, ...item.resource, id: item.id }],
  );
}

// `node client-sdk/generate-types.ts < placements.json > selvedge.d.ts`
if (import.meta.main) {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  process.stdout.write(generateTypes(readPlacements(JSON.parse(text))));
}
