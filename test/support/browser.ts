/** What a person's browser does for these tests: it keeps cookies, follows redirects one by one, and says where a request comes from. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** One request, its redirect not followed. */
  open(url: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Through every redirect, to the first answer that is none. */
  visit(url: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** A script of a page of the deployment's own. */
  script(method: string, url: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export function createBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>();
  const cookies = new Map<string, string>();
  async function send(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const { host } = new URL(url);
    // One jar for each host and port: a stricter browser than any.
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (attributes.includes('Max-Age=0')) {
        jar.delete(name);
        cookies.delete(name);
      } else {
        jar.set(name, decodeURIComponent(value));
        cookies.set(name, decodeURIComponent(value));
      }
    }
    return response;
  }
  const browser: Browser = {
    cookies,
    open: (url, headers = {}) => send(url, { headers }),
    async visit(url, headers = {}) {
      let response = await send(url, { headers });
      for (let hops = 0; hops < 10 && response.status >= 300 && response.status < 400; hops++) {
        const next = new URL(response.headers.get('location') ?? '', response.url);
        response = await send(next.href, { headers });
      }
      return response;
    },
    script: (method, url, body, headers = {}) =>
      send(url, {
        method,
        headers: {
          origin: new URL(url).origin,
          'sec-fetch-site': 'same-origin',
          'x-selvedge-csrf': '1',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
  return browser;
}
