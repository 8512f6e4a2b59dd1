import { watchDecisions } from './decisions.ts';

interface ListedItem {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly image?: string;
  readonly price: number;
}
interface ListDecision {
  readonly content: { readonly items?: readonly ListedItem[] } | null;
}

function part(className: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

/** As the server draws it; the picture is a file. */
function card({ id, title, url, image, price }: ListedItem): HTMLElement {
  const link = document.createElement('a');
  link.className = 'card';
  link.href = url;
  link.dataset.testid = `product-${id}`;
  const picture = part('card__picture', '');
  const drawn = document.createElement('img');
  drawn.src = image ?? '';
  drawn.alt = '';
  drawn.width = 400;
  drawn.height = 440;
  picture.append(drawn);
  const euros = `€${Number.isInteger(price) ? price : price.toFixed(2)}`;
  link.append(picture, part('card__name', title), part('card__price', euros));
  return link;
}

/** In the SDK's mode: draws the lists that Selvedge answers, in the element that is marked for them. */
export function watchLists(): void {
  watchDecisions('halden:list', (event) => {
    const place = event.target as HTMLElement;
    const items = (event as CustomEvent<ListDecision>).detail.content?.items ?? [];
    const { title } = place.dataset;
    if (title === undefined || items.length === 0) return place.replaceChildren(...items.map(card));
    const section = document.createElement('section');
    section.className = 'wrap section';
    section.dataset.testid = 'recently-viewed';
    const heading = document.createElement('h2');
    heading.textContent = title;
    const tray = document.createElement('div');
    tray.className = 'tray';
    tray.append(...items.map(card));
    section.append(heading, tray);
    place.replaceChildren(section);
  });
}
