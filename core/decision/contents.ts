import { chooseContent } from './choose-content.ts';
import type { CompiledContent } from './content/compiled-content.ts';
import { renderContent } from './content/render-content.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { Proposition } from './proposition.ts';
import { unchangedContent } from './unchanged-content.ts';

/** What contents are looked up in. */
export type ContentRules = Pick<DecisionRules, 'placements' | 'offers' | 'effects'>;

/**
 * Propositions without what a holder of the same ruleset can look up: contents are the bulk of an answer, and the call between edge and
 * object need not carry them. What templates are filled with stays. `withContents` puts the contents back.
 */
export function withoutContents(propositions: readonly Proposition[]): readonly Proposition[] {
  return propositions.map((proposition) => ({ ...proposition, content: null }));
}

/** Propositions as callers get them: contents are there, templates are filled, and what filled them is not told. */
export function withContents(propositions: readonly Proposition[], rules: ContentRules): readonly Proposition[] {
  return propositions.map((proposition) => {
    const { fill, ...told } = proposition;
    const held = contentOf(proposition, rules);
    return { ...told, content: held ? renderContent(held, fill ?? {}) : proposition.content };
  });
}

/** JSON of contents without templates, made once for each of a resident ruleset. */
const texts = new WeakMap<CompiledContent, string>();

/** A proposition of `withContents` as JSON. Same text as `JSON.stringify`, without writing the content out again for every visitor. */
export function propositionText(proposition: Proposition, rules: ContentRules): string {
  const { id, placement, kind, offer, content, reason, experiment, variant, language } = proposition;
  const held = contentOf(proposition, rules);
  // Of a template's text nothing is kept: it is one person's.
  const written = held && !held.templates && held.value === content ? textOf(held) : JSON.stringify(content);
  const start = `{"id":${JSON.stringify(id)},"placement":${JSON.stringify(placement)},"kind":${JSON.stringify(kind)}`;
  const tested = `${member('experiment', experiment)}${member('variant', variant)}${member('language', language)}`;
  return `${start},"offer":${JSON.stringify(offer)},"content":${written},"reason":"${reason}"${tested}}`;
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

function textOf(content: CompiledContent): string {
  let text = texts.get(content);
  if (text === undefined) {
    text = JSON.stringify(content.value);
    texts.set(content, text);
  }
  return text;
}

/** Where a proposition's content stands in the ruleset: its experiment's variant, its offer, or the fallback of its placement. */
function contentOf(proposition: Proposition, rules: ContentRules): CompiledContent | null {
  const { offers, placements, effects } = rules;
  const { offer, placement, kind, experiment, variant, language } = proposition;
  if (kind === null) return null;
  const wanted = language === undefined ? [] : [language];
  const effect = experiment === undefined ? undefined : effects?.get(experiment);
  const varied = variant === undefined ? undefined : effect?.contents?.[variant]?.[kind];
  const shown = varied && chooseContent(varied, wanted)?.content;
  // A template that came with nothing to fill it was not shown: its visitor lacked a value.
  if (shown && (!shown.templates || proposition.fill)) return shown;
  if (offer === null) {
    const fallback = placements.get(placement)?.fallback ?? null;
    if (kind !== 'dom' || experiment === undefined || (fallback && fallback.value !== null)) return fallback;
    return unchangedContent(placement, experiment, rules);
  }
  const languages = offers.get(offer)?.contents[kind];
  return languages ? (chooseContent(languages, wanted)?.content ?? null) : null;
}
