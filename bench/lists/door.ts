/** The operator API of one space. */
export interface Door {
  readonly url: string;
  readonly token: string;
}

export interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next: string | null;
  readonly count?: number;
}

/** One request through the front door, read to its end. */
export async function askFor({ url, token }: Door, path: string): Promise<Page> {
  const answer = await fetch(`${url}/v1/admin/${path}`, { headers: { authorization: `Bearer ${token}` } });
  const page = (await answer.json()) as Page;
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}: ${JSON.stringify(page)}`);
  return page;
}

/** A list that is not all there would be a fast one. */
export async function checkPage(door: Door, size: number): Promise<void> {
  const page = await askFor(door, 'segments?limit=200&count=true');
  const found = await askFor(door, 'segments?q=needle&count=true');
  if (page.count !== size || page.items.length !== Math.min(200, size) || found.count !== 1)
    throw new Error(`the list of ${size} has ${page.count}, and ${found.count} with the needle`);
}
