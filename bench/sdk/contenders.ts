import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundleScripts } from '../../client-sdk/build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url).href);

export interface Contender {
  readonly name: string;
  /** A classic script; sets `window.benchDone` to a promise of the decision, or of the last call where there are no decisions. */
  readonly script: string;
  /** gzip -9, without the calls' configuration where it stands apart. */
  readonly bytes: number;
  /** Of the page, beside what all have. */
  readonly body?: string;
  /** What `benchDone` must give: an SDK that fails early would be fast. */
  readonly expected: unknown;
}

/** Entry of each: init, page view, one event, identify, one decision (where there are any), as its own documentation does it. */
const ENTRIES: readonly { readonly name: string; readonly expected: unknown; readonly source: string }[] = [
  {
    name: 'alloy',
    expected: 'gold',
    source: `import { createInstance } from '@adobe/alloy';
      const alloy = createInstance({ name: 'alloy' });
      alloy('configure', { datastreamId: 'bench', orgId: 'BENCH@AdobeOrg', edgeDomain: 'edge.test', defaultConsent: 'in' });
      const xdm = (eventType) => ({ eventType, web: { webPageDetails: { URL: location.href, name: document.title } } });
      alloy('sendEvent', { xdm: xdm('web.webpagedetails.pageViews') });
      alloy('sendEvent', { xdm: xdm('commerce.productViews'), data: { productId: 'p1' } });
      window.benchDone = alloy('sendEvent', {
        xdm: { ...xdm('login'), identityMap: { customer: [{ id: 'c1', authenticatedState: 'authenticated', primary: true }] } },
        decisionScopes: ['tier'],
      }).then(({ propositions }) => propositions[0]?.items[0]?.data.content);`,
  },
  {
    name: 'segment',
    expected: 'c1',
    source: `import { AnalyticsBrowser } from '@segment/analytics-next';
      const analytics = AnalyticsBrowser.load({
        writeKey: 'bench',
        cdnSettings: { integrations: { 'Segment.io': { apiKey: 'bench', apiHost: 'edge.test/v1' } } },
      });
      analytics.page();
      analytics.track('Product Viewed', { productId: 'p1' });
      window.benchDone = analytics.identify('c1', { tier: 'gold' }).then((context) => context.event.userId);`,
  },
  {
    name: 'growthbook + tracking',
    expected: 'gold',
    source: `import { GrowthBook } from '@growthbook/growthbook';
      import { autoAttributesPlugin, growthbookTrackingPlugin } from '@growthbook/growthbook/plugins';
      const growthbook = new GrowthBook({
        clientKey: 'bench',
        attributes: {},
        trackingCallback: () => {},
        plugins: [autoAttributesPlugin(), growthbookTrackingPlugin({ ingestorHost: 'https://edge.test' })],
      });
      growthbook.initSync({
        payload: { features: { tier: { defaultValue: 'none', rules: [{ condition: { id: 'c1' }, force: 'gold' }] } } },
      });
      growthbook.logEvent('Page View', { path: location.pathname });
      growthbook.logEvent('Product Viewed', { productId: 'p1' });
      growthbook.updateAttributes({ id: 'c1' });
      window.benchDone = Promise.resolve(growthbook.getFeatureValue('tier', 'none'));`,
  },
  {
    name: 'plausible (events only)',
    expected: true,
    source: `import { init, track } from '@plausible-analytics/tracker';
      init({ domain: 'shop.test', endpoint: 'https://edge.test/api/event', captureOnLocalhost: true, logging: false });
      window.benchDone = new Promise((done) =>
        track('Product Viewed', { props: { productId: 'p1', user: 'c1' }, callback: () => done(true) }),
      );`,
  },
];

/** What the Worker inlines. */
const CONFIG = {
  format: 1,
  key: 'wk_main.bench',
  source: 'web',
  identityMode: 'cookie',
  defaultConsent: { analytics: 'in', personalization: 'in' },
  placements: [],
  sdk: { pageViews: true, endpoint: 'https://edge.test' },
};
/** More than the entry asks for, and more than the others do here: a marked element filled, a DOM action done, both hidden until then. */
const WITH_OFFERS = { ...CONFIG, placements: ['hero', 'promo'], everywhere: ['promo'], prehide: { promo: ['#title'] } };
const CALLS = `
  selvedge('track', 'product.viewed', { productId: 'p1' });
  selvedge('identify', 'a.b.c');
  window.benchDone = selvedge('decide', 'tier', 'none').then(({ content }) => content);`;

/** Everything that takes part, bundled; ours as the Worker serves it for each configuration, and in all its parts. */
export async function bundleContenders(): Promise<readonly Contender[]> {
  const others = await Promise.all(
    ENTRIES.map(async ({ name, expected, source }) => {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir: ROOT, loader: 'js' },
        bundle: true,
        minify: true,
        format: 'iife',
        target: 'es2022',
        legalComments: 'none',
        define: { 'process.env.NODE_ENV': '"production"' },
        write: false,
        logLevel: 'error',
      });
      const script = outputFiles[0]?.text ?? '';
      return { name, expected, script, bytes: gzipped(script) };
    }),
  );
  const { sdk, variants } = await bundleScripts();
  const own = (name: string, text: string, config: object, body = ''): Contender => ({
    body,
    name,
    expected: 'gold',
    bytes: gzipped(text),
    // Behind the hint, which must come first.
    script: `${text.replace('\n', () => `\n${STUB}`).replace('__SELVEDGE_CONFIG__', () => JSON.stringify(config))};${CALLS}`,
  });
  return [
    own('selvedge', variants.base, CONFIG),
    own('selvedge, offers shown', variants.dom, WITH_OFFERS, '<div data-selvedge="hero">own</div>'),
    own('selvedge, everything', sdk, CONFIG),
    ...others,
  ];
}

/** The stub without what loads the file: what is measured is code and no load. */
const STUB = 'selvedge = Object.assign((...a) => new Promise((s) => selvedge.q.push([a, s])), { q: [] });';

function gzipped(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}
