interface Card {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  readonly category: string;
}

function part(className: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

/** The same markup as the server's card; the picture is a file. */
function card({ id, name, price, category }: Card): HTMLElement {
  const link = document.createElement('a');
  link.className = 'card';
  link.href = `/product/${id}`;
  link.dataset.testid = `product-${id}`;
  const picture = part('card__picture', '');
  const image = document.createElement('img');
  image.src = `/art/product-${id}.svg`;
  image.alt = '';
  image.width = 400;
  image.height = 440;
  picture.append(image);
  link.append(picture, part('card__name', name), part('card__price', price), part('card__category', category));
  return link;
}

/** Pages whose places the browser fills bring an empty tray along. What was bought leaves the lists. */
export async function fillTray(): Promise<void> {
  const place = document.querySelector<HTMLElement>('[data-recent]');
  if (!place) return;
  const response = await fetch(`/recent.json?without=${encodeURIComponent(place.dataset.without ?? '')}`, {
    cache: 'no-store',
  });
  const { products, bought } = (await response.json()) as {
    readonly products: readonly Card[];
    readonly bought: readonly string[];
  };
  for (const id of bought)
    document.querySelector(`[data-testid="featured"] [href="/product/${CSS.escape(id)}"]`)?.remove();
  if (products.length === 0) return;
  const section = document.createElement('section');
  section.className = 'wrap section';
  section.dataset.testid = 'recently-viewed';
  const title = document.createElement('h2');
  title.textContent = 'Recently viewed';
  const tray = document.createElement('div');
  tray.className = 'tray';
  tray.append(...products.map(card));
  section.append(title, tray);
  place.replaceChildren(section);
}
