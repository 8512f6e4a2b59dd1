/** The part of a Trusted Types policy that we use. */
export interface HtmlPolicy {
  createHTML(html: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(html: string): string }): HtmlPolicy;
}

/** Elements that run code, reload the page or move its base; no offer brings or touches one. */
export const FORBIDDEN = 'script,base,meta,object,embed,frame,template,set,animate,iframe[srcdoc]';
const CODE = /^(on|srcdoc$)/i;
const ADDRESS = /(href|src|srcset|action|poster)$/i;

/** Addresses are http(s) or relative, or do no more than start a message or show a picture. Browsers skip control characters and white space in a scheme. */
const FOREIGN = /^(?!\s*(https?:|mailto:|tel:|sms:|data:image\/(png|jpeg|gif|webp|avif);))[^/?#,]*:/i;

export const isSafeAttribute = (name: string, value: string): boolean =>
  !CODE.test(name) && !(ADDRESS.test(name) && FOREIGN.test(value));

/**
 * Parses HTML without letting it run code: parsed inert, then forbidden elements, handler attributes and addresses of
 * other schemes are taken out before anything reaches the page.
 */
export function createParser(given?: HtmlPolicy): (html: string) => DocumentFragment {
  const none = { createHTML: (html: string) => html };
  let policy = given;
  return (html) => {
    policy ??= (window as { trustedTypes?: PolicyFactory }).trustedTypes?.createPolicy('selvedge', none) ?? none;
    const template = document.createElement('template');
    template.innerHTML = policy.createHTML(html) as string;
    for (const element of template.content.querySelectorAll('*')) {
      if (element.matches(FORBIDDEN)) element.remove();
      for (const { name, value } of [...element.attributes])
        if (!isSafeAttribute(name, value)) element.removeAttribute(name);
    }
    return template.content;
  };
}
