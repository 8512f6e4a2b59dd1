import { expect, test } from 'vitest';
import { eventually, kept, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero">own</div>';

interface Counted {
  readonly reads: readonly string[];
  readonly used: readonly string[];
  readonly listeners: readonly string[];
}

/** What a start has touched when its own statements are through, and when its first answer was shown. */
async function start(): Promise<{ readonly sync: Counted; readonly all: Counted }> {
  await stage.context.addInitScript(() => {
    const reads: string[] = [];
    const used: string[] = [];
    const listeners: string[] = [];
    (window as unknown as { counted: Counted }).counted = { reads, used, listeners };
    for (const name of ['getItem', 'setItem', 'removeItem', 'key'] as const) {
      const original = Storage.prototype[name] as (...args: unknown[]) => unknown;
      Storage.prototype[name] = function (this: Storage, ...args: unknown[]) {
        reads.push(`${name} ${args[0]}`);
        return original.apply(this, args);
      } as never;
    }
    const watch = (of: object, name: string, label: string): void => {
      const original = Reflect.get(of, name) as (...args: unknown[]) => unknown;
      Object.defineProperty(of, name, {
        value: function (this: unknown, ...args: unknown[]) {
          used.push(label);
          return new.target ? Reflect.construct(original, args) : original.apply(this, args);
        },
      });
    };
    watch(crypto, 'getRandomValues', 'crypto');
    watch(window, 'fetch', 'fetch');
    watch(Intl, 'DateTimeFormat', 'Intl');
    watch(Intl, 'NumberFormat', 'Intl');
    for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
      watch(Date.prototype, name, 'Intl');
    const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie') as PropertyDescriptor;
    Object.defineProperty(Document.prototype, 'cookie', {
      get() {
        used.push('cookie');
        return cookie.get?.call(this);
      },
      set(value) {
        used.push('set cookie');
        cookie.set?.call(this, value);
      },
    });
    const { userAgentData } = navigator as unknown as { userAgentData?: { getHighEntropyValues: unknown } };
    if (userAgentData) watch(Object.getPrototypeOf(userAgentData), 'getHighEntropyValues', 'client hints');
    const add = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (this: EventTarget, type: string, ...rest: unknown[]) {
      listeners.push(type);
      return (add as (...args: unknown[]) => void).call(this, type, ...rest);
    } as never;
  });
  stage.peer.pages.set('/', {
    html: `<!doctype html><head><script src="/sdk.js"></script><script>sync = JSON.parse(JSON.stringify(counted))</script></head><body>${HERO}`,
  });
  const page = await stage.open();
  await page.waitForSelector('[data-selvedge-rendered]');
  return page.evaluate(() => {
    const { sync, counted } = window as unknown as { sync: Counted; counted: Counted };
    return { sync, all: counted };
  });
}

test('until the first paint nothing is read from storage, no random is drawn, nothing is sent', async () => {
  const { sync, all } = await start();
  expect(sync.reads).toEqual([]);
  expect(sync.used).toEqual([]);
  expect(all.used).toEqual(expect.arrayContaining(['crypto', 'fetch']));
});

test('with live offers one key is read: what was shown last', async () => {
  const { peer } = stage;
  peer.config = { placements: ['hero'] };
  peer.pages.set('/first', { html: stage.html(HERO) });
  peer.pages.set('/', { html: stage.html(HERO) });
  const first = await stage.open();
  await first.waitForSelector('[data-selvedge-rendered]');
  await eventually(async () => expect(await kept(first)).toHaveProperty(['sv.web.p']));
  const { sync } = await start();
  expect(new Set(sync.reads)).toEqual(new Set(['getItem sv.web.p']));
  expect(sync.used).toEqual([]);
});

test('never: Intl, cookies, high-entropy client hints, unload', async () => {
  const { all } = await start();
  for (const never of ['Intl', 'cookie', 'set cookie', 'client hints']) expect(all.used).not.toContain(never);
  expect(all.listeners).toContain('pagehide');
  expect(all.listeners).not.toContain('unload');
  expect(all.listeners).not.toContain('beforeunload');
});
