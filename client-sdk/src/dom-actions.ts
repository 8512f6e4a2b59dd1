import { FORBIDDEN } from './html.ts';

/** The wire name of each action that puts nodes somewhere, and the method of an element that does it. */
const METHODS = {
  setText: 'replaceChildren',
  setHtml: 'replaceChildren',
  insertBefore: 'before',
  insertAfter: 'after',
  append: 'append',
  prepend: 'prepend',
  replace: 'replaceWith',
  move: 'append',
} as const;

/** One step of a proposition of kind `dom`: what is done to every element that the selector finds, now or later. */
export interface DomAction {
  readonly action: keyof typeof METHODS | 'setAttribute' | 'setStyle' | 'addClass' | 'removeClass' | 'hide';
  readonly selector: string;
  /** Text, HTML, an attribute's or property's value, classes with spaces between; for `move` the selector of the target. */
  readonly value?: string;
  /** Of the attribute or style property. For `move`: insertBefore, insertAfter, prepend or append (default), as seen from the target. */
  readonly name?: string;
}

/** Style is a rule of its own: it holds for elements that come later, before they are painted. Empty for other actions. */
export const styleOf = ({ action, selector, name = '', value = '' }: DomAction): string =>
  action === 'hide'
    ? `${selector}{display:none!important}`
    : action === 'setStyle' && CSS.supports(name, value)
      ? `${selector}{${name}:${value}!important}`
      : '';

/** Does an action that is no style to one element. Nothing happens while its target is not there. Throws for one that is not known or not safe. */
export function act(
  { action, value = '', name = 'append' }: DomAction,
  element: Element,
  parse: (html: string) => DocumentFragment,
  isSafe: (name: string, value: string) => boolean,
): void {
  const method = METHODS[action as keyof typeof METHODS];
  if (element.matches(FORBIDDEN)) throw new Error(action);
  if (action === 'move') document.querySelector(value)?.[METHODS[name as keyof typeof METHODS]](element);
  else if (method) element[method](action === 'setText' ? value : parse(value));
  else if (action === 'setAttribute' && isSafe(name, value)) element.setAttribute(name, value);
  else element.classList[action.slice(0, -5) as 'add' | 'remove'](...value.split(' '));
}
