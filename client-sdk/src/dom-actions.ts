import { FORBIDDEN, isSafeAttribute } from './html.ts';
import type { Step } from './steps.ts';
import { addStyle } from './style.ts';

/** The wire name of each action that puts nodes somewhere, and the method of an element that does it. */
const METHODS = {
  setText: 'replaceChildren',
  setHtml: 'replaceChildren',
  insertBefore: 'before',
  insertAfter: 'after',
  append: 'append',
  prepend: 'prepend',
  replace: 'replaceWith',
  // With nothing: it has no value.
  remove: 'replaceWith',
  move: 'append',
  // Rules of their own.
  hide: null,
  setStyle: null,
} as const;

/** One step of a proposition of kind `dom`: what is done to every element that the selector finds, now or later. */
export interface DomAction {
  readonly action: keyof typeof METHODS | 'setAttribute' | 'addClass' | 'removeClass';
  readonly selector: string;
  /** Text, HTML, an attribute's or property's value, or classes with spaces between. */
  readonly value?: string;
  /** Of the attribute or style property. */
  readonly name?: string;
  /** Of `move`: the selector of where it goes, to the end. */
  readonly target?: string;
}

/** The step of an action. */
export function stepOf(
  { action, selector, value = '', name = '', target = '' }: DomAction,
  of: number,
  parse: (html: string) => DocumentFragment,
): Step {
  const method = METHODS[action as keyof typeof METHODS];
  const isInside = method === 'replaceChildren';
  // Style is a rule: it holds for elements that come later, before they are painted.
  const rule =
    action === 'hide' ? 'display:none' : action === 'setStyle' && CSS.supports(name, value) && `${name}:${value}`;
  return {
    selector,
    ...(rule && { undo: addStyle(`${selector}{${rule}!important}`) }),
    act: (element) => {
      const parent = element.parentElement as Element;
      let added: readonly Element[] = [];
      let undo = (): void => {};
      if (method !== null && element.matches(FORBIDDEN)) throw new Error(action);
      if (method) {
        const isMove = action === 'move';
        const place = isMove ? document.querySelector(target) : element;
        if (!place) return [];
        const around = isInside ? element : parent;
        const next = element.nextSibling;
        const removed = isInside ? [...element.childNodes] : isMove || method === 'replaceWith' ? [element] : [];
        const nodes = isMove ? [element] : action === 'setText' ? [new Text(value)] : [...parse(value).childNodes];
        place[method as 'append'](...nodes);
        const home = nodes[0]?.parentNode;
        added = nodes.flatMap((node) => (node instanceof Element ? [node, ...node.querySelectorAll('*')] : []));
        undo = () => {
          // What the page itself put there since stays.
          if (home && !nodes.some((node) => node.parentNode === home)) return;
          for (const node of nodes) (node as ChildNode).remove();
          for (const node of removed) around.insertBefore(node, next?.parentNode === around ? next : null);
        };
      } else if (method === undefined) {
        const { classList } = element;
        const before = [...classList];
        const was = element.getAttribute(name);
        if (action === 'setAttribute' && isSafeAttribute(name, value)) element.setAttribute(name, value);
        else classList[action.slice(0, -5) as 'add' | 'remove'](...value.split(' '));
        const after = [...classList];
        const is = element.getAttribute(name);
        undo = () => {
          if (element.getAttribute(name) === is) {
            if (was === null) element.removeAttribute(name);
            else element.setAttribute(name, was);
          }
          // The page may have set classes of its own since.
          for (const one of [...before, ...after])
            if (before.includes(one) !== after.includes(one)) classList.toggle(one, before.includes(one));
        };
      }
      const isThere = action !== 'hide' && element.isConnected;
      return [{ of, undo, added, seen: (!isInside && added[0]) || (isThere ? element : parent) }];
    },
  };
}
