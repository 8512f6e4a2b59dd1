/** HTML as the shop's style sheet knows it. Pictures are the shop's own files, as photographs would be. */
export interface HeroCopy {
  readonly eyebrow: string;
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly href: string;
  readonly art: string;
}

export function hero({ eyebrow, title, text, button, href, art }: HeroCopy): string {
  return `<div class="hero__text"><p class="eyebrow">${eyebrow}</p><h1>${title}</h1><p>${text}</p><a class="button" href="${href}">${button}</a></div><img class="hero__art" src="/art/hero-${art}.svg" alt="" width="1200" height="800">`;
}
