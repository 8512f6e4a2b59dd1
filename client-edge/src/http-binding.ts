import type {
  DecideResponse,
  InteractResponse,
  PageRequest,
  PageVisit,
  SelvedgeBinding,
  VisitorSignals,
} from './contract.ts';

/**
 * The same over HTTP, for Workers of another account and for servers. The cookie of a new visitor comes with the answer, so `visitPage` waits for it. `fetcher`
 * may be a service binding's. `redirectHosts`: where redirects may lead, besides the page's own host; the answer does not say what the source allows.
 */
export function httpBinding(
  baseUrl: string,
  fetcher: typeof fetch = fetch,
  redirectHosts: readonly string[] = [],
): SelvedgeBinding {
  const post = async <T>(path: string, headers: HeadersInit, body: unknown): Promise<readonly [T, Headers]> => {
    const sent = new Headers(headers);
    sent.set('content-type', 'application/json');
    const response = await fetcher(new URL(path, baseUrl), {
      method: 'POST',
      headers: sent,
      body: JSON.stringify(body),
    });
    if (response.ok) return [await response.json<T>(), response.headers];
    const problem = await response.json<{ readonly detail?: string }>().catch(() => null);
    throw new Error(problem?.detail ?? `Selvedge answered ${response.status}`);
  };
  const asServer = (key: string, signals: VisitorSignals = {}) => ({ ...signals, authorization: `Bearer ${key}` });
  return {
    interact: async (key, request, signals) =>
      (await post<InteractResponse>('/v1/interact', asServer(key, signals), request))[0],
    decide: async (key, request, signals) =>
      (await post<DecideResponse>('/v1/decide', asServer(key, signals), request))[0],
    async visitPage(page: PageRequest): Promise<PageVisit> {
      const { key, url, headers, placements, events = [], preview } = page;
      const body = {
        key,
        placements,
        events,
        context: { page: { url } },
        ...(preview === undefined ? {} : { preview }),
      };
      const [answer, answered] = await post<InteractResponse>(
        '/v1/interact',
        { ...headers, origin: new URL(url).origin },
        body,
      );
      return { setCookie: answered.get('set-cookie'), redirectHosts, answer: async () => answer };
    },
  };
}
