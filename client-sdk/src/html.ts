/** The part of a Trusted Types policy that we use. */
export interface HtmlPolicy {
  createHTML(html: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(html: string): string }): HtmlPolicy;
}

/** Elements that would run code, reload the page or move its base once they are in the document. */
const FORBIDDEN = 'script,base,meta,set,animate,iframe[srcdoc]';
const CODE = /^on|^srcdoc$/i;

/**
 * Parses HTML without letting it run code: parsed inert, then scripts, handler attributes and javascript: addresses are
 * taken out before anything reaches the page.
 */
export function createParser(given?: HtmlPolicy): (html: string) => DocumentFragment {
  let policy = given;
  return (html) => {
    const factory = (window as { trustedTypes?: PolicyFactory }).trustedTypes;
    policy ??= factory?.createPolicy('selvedge', { createHTML: (text) => text }) ?? { createHTML: (text) => text };
    const template = document.createElement('template');
    template.innerHTML = policy.createHTML(html) as string;
    for (const element of template.content.querySelectorAll('*')) {
      if (element.matches(FORBIDDEN)) element.remove();
      for (const { name, value } of [...element.attributes]) {
        if (CODE.test(name) || /^javascript:/i.test(value.replace(/[\0-\x20]/g, ''))) element.removeAttribute(name);
      }
    }
    return template.content;
  };
}
