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
  remove: 'remove',
} as const;

/** One step of a proposition of kind `dom`: what is done to every element that the selector finds, now or later. */
export interface DomAction {
  readonly action: keyof typeof METHODS | 'move' | 'setAttribute' | 'setStyle' | 'addClass' | 'removeClass' | 'hide';
  readonly selector: string;
  /** Text, HTML, an attribute's or property's value, or classes with spaces between. */
  readonly value?: string;
  /** Of the attribute or style property. */
  readonly name?: string;
  /** Of `move`: the selector of where it goes, to the end. */
  readonly target?: string;
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
  { action, value = '', name = '', target = '' }: DomAction,
  element: Element,
  parse: (html: string) => DocumentFragment,
  isSafe: (name: string, value: string) => boolean,
): void {
  const method = METHODS[action as keyof typeof METHODS];
  if (element.matches(FORBIDDEN)) throw new Error(action);
  if (action === 'move') document.querySelector(target)?.append(element);
  // `remove` takes nothing, and ignores what it gets.
  else if (method) element[method as 'append'](action === 'setText' ? value : parse(value));
  else if (action === 'setAttribute' && isSafe(name, value)) element.setAttribute(name, value);
  else element.classList[action.slice(0, -5) as 'add' | 'remove'](...value.split(' '));
}
