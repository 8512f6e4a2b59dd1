import type { CompiledContent } from './content/compiled-content.ts';
import type { Languages } from './experiment-effect.ts';

/** A content for a visitor. `language`: where it is of one. */
export interface ChosenContent {
  readonly content: CompiledContent;
  readonly language: string | undefined;
}

/** The first language of the visitor that there is: the tag itself (`pt-BR`), else its shorter forms (`pt`). None: everybody's. Null: there is none of those either. */
export function chooseContent(contents: Languages, wanted: readonly string[]): ChosenContent | null {
  for (const tag of wanted) {
    for (let form = tag; form !== ''; form = form.slice(0, Math.max(0, form.lastIndexOf('-')))) {
      const content = Object.hasOwn(contents, form) ? contents[form] : undefined;
      if (content) return { content, language: form };
    }
  }
  const content = contents[''];
  return content ? { content, language: undefined } : null;
}
