import { LINK_MS } from './budgets.ts';
import type { CoreClient } from './core.ts';
import { pause } from './pause.ts';
import { TOKEN } from './sender.ts';

/** The parameter of an address that brings a visitor along. */
const PARAM = '_sv';

export interface LinkClient {
  /**
   * The address with this visitor in it, for a page of another site of the same group; the address as it was when nobody may be taken there. Call it on
   * the click: it is good for a minute, once, in this browser. Never rejects.
   */
  linkTo(url: string): Promise<string>;
}

/** Takes the parameter out of the address bar, before anything could report it. */
function arrive(): string | undefined {
  const parts = location.search.slice(1).split('&');
  const carried = parts.find((part) => part.startsWith(`${PARAM}=`));
  if (!carried) return undefined;
  const rest = parts.filter((part) => part !== carried).join('&');
  history.replaceState(history.state, '', location.pathname + (rest && `?${rest}`) + location.hash);
  const link = carried.slice(PARAM.length + 1);
  return /^[\w-]{20,200}$/.test(link) ? link : undefined;
}

/** Starts a client for a visitor who may come from, and go to, other sites of the group. */
export function withVisitorLink<Client extends CoreClient>(start: () => Client): Client & LinkClient {
  const link = arrive();
  const client = start();
  const { bus, storage, consent, transport } = client.link;
  if (link) {
    const done = [
      bus.on('request', (message) => {
        message.visitorLink = link;
      }),
      // Whoever the visitor is now stays.
      bus.on('answer', () => {
        for (const off of done) off();
      }),
    ];
  }
  return {
    ...client,
    linkTo: async (url) => {
      try {
        const target = new URL(url, location.href);
        if (!target.host || target.origin === location.origin || consent.mode() !== 'open') return url;
        const visitor = storage.get<string>(TOKEN) ?? undefined;
        const asked = client.ready.then(() =>
          transport.post<{ readonly param: string }>('visitor/link', { visitor, target: target.origin }),
        );
        const reply = await Promise.race([asked, pause(LINK_MS)]);
        if (!reply?.answer) return url;
        target.search += `${target.search ? '&' : '?'}${PARAM}=${reply.answer.param}`;
        return target.href;
      } catch {
        return url;
      }
    },
  };
}
