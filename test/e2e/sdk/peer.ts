import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundleScripts } from '../../../client-sdk/build.ts';
import type { SdkConfig } from '../../../client-sdk/src/config.ts';
import type { Proposition } from '../../../core/decision/proposition.ts';
import { findEventType } from '../../../core/event/registry.ts';
import { eventSchema } from '../../../core/event/schema.ts';
import {
  collectRequestSchema,
  interactRequestSchema,
  visitorLinkRequestSchema,
} from '../../../core/interaction/schema.ts';
import type { InteractRequest, InteractResponse, WireEvent } from '../../../core/interaction/wire.ts';
import type { BrowserPart } from '../../../core/ruleset/manifest.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: InteractRequest;
  readonly at: number;
}
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Cut the connection instead of answering. */
  readonly cut?: true;
  readonly delayMs?: number;
}
/** What a placement gets: an offer id and content, or null for nothing. */
export type Decided = {
  readonly offer: string | null;
  readonly content: Proposition['content'];
  readonly kind?: Proposition['kind'];
  readonly experiment?: string;
};

/** Plays the other end of the wire for the SDK's own behaviour, and serves the pages. The real Worker is tested elsewhere. */
export interface Peer {
  readonly origin: string;
  /** The same server under another site, for cross-origin pages. */
  readonly elsewhere: string;
  readonly seen: Seen[];
  /** Ids of accepted events, in order, each once: what a real server would have stored. */
  readonly stored: WireEvent[];
  readonly pages: Map<string, { readonly html: string; readonly headers?: Readonly<Record<string, string>> }>;
  decided: (placement: string, request: InteractRequest) => Decided | readonly Decided[];
  /** Overrules the default answer; undefined: default. */
  script: (request: Seen) => Scripted | undefined;
  /** What the Worker would inline. */
  config: Partial<BrowserPart> & Pick<SdkConfig, 'everywhere' | 'redirectHosts'>;
  /** Requests that carried events or placements. */
  calls(): Seen[];
  types(): string[];
  close(): Promise<void>;
}

/** As the README asks the Worker to do it. */
export function inlineConfig(file: string, config: unknown): string {
  const json = JSON.stringify(config).replace(
    /[<\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return file.replace('__SELVEDGE_CONFIG__', () => json);
}

export async function startPeer(): Promise<Peer> {
  const { sdk, variants, programs } = await bundleScripts();
  let counter = 0;
  const violations: string[] = [];
  /** The product's own schemas: a fake that took anything would prove nothing. */
  const checkWire = (path: string, body: InteractRequest): void => {
    const schemas = { '/v1/interact': interactRequestSchema, '/v1/visitor/link': visitorLinkRequestSchema };
    const envelope = (schemas[path as keyof typeof schemas] ?? collectRequestSchema).safeParse(body);
    if (!envelope.success) violations.push(`${path}: ${envelope.error.message}`);
    for (const event of body.events ?? []) {
      const parsed = eventSchema.safeParse(event);
      if (!parsed.success) violations.push(`${event.type}: ${parsed.error.message}`);
      if (!event.type.startsWith('custom.') && !findEventType(event.type)) violations.push(`${event.type}: unknown`);
      if (/^(page|proposition|signed|consent)\./.test(event.type)) {
        const data = findEventType(event.type)?.schema.safeParse(event.data);
        if (!data?.success) violations.push(`${event.type}: data does not fit`);
      }
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const peer: Peer = {
    origin: `http://127.0.0.1:${port}`,
    elsewhere: `http://localhost:${port}`,
    seen: [],
    stored: [],
    pages: new Map(),
    decided: (placement) => ({ offer: `${placement}-offer`, content: `<b>${placement}</b>` }),
    script: () => undefined,
    config: {},
    calls: () => peer.seen.filter((call) => call.method === 'POST'),
    types: () => peer.stored.map((event) => event.type),
    close: () =>
      new Promise((resolve, reject) => {
        server.close(() => (violations.length ? reject(new Error(violations.join('\n'))) : resolve()));
        server.closeAllConnections();
      }),
  };

  function answer(body: InteractRequest): InteractResponse {
    const known = new Set(peer.stored.map((event) => event.id));
    const duplicates = (body.events ?? []).filter((event) => known.has(event.id)).map((event) => event.id);
    peer.stored.push(...(body.events ?? []).filter((event) => !known.has(event.id)));
    return {
      sequence: 1 as InteractResponse['sequence'],
      receivedAt: new Date().toISOString(),
      visitor: { state: body.proof ? 'authenticated' : 'anonymous', isNew: false, token: 'token-1' },
      accepted: (body.events ?? []).length - duplicates.length,
      duplicates,
      refused: [],
      propositions: (body.placements ?? []).flatMap((placement) =>
        [peer.decided(placement, body)].flat().map(({ offer, content, kind = 'html', experiment }) => ({
          id: `prp_${++counter}`,
          placement,
          kind,
          offer,
          content,
          ...(experiment !== undefined && { experiment }),
          reason: offer ? ('eligible' as const) : ('noneEligible' as const),
        })),
      ),
      memberships: [],
    };
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', peer.origin);
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After',
    };
    const program = programs[/^\/sdk-(.*)\.js$/.exec(url.pathname)?.[1] as keyof typeof programs];
    if (program) return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(program);
    if (url.pathname === '/sdk.js' || url.pathname === '/sdk-base.js') {
      const text = url.pathname === '/sdk.js' ? sdk : variants.base;
      const config = {
        format: 1,
        key: 'wk_main.test',
        source: 'web',
        identityMode: 'cookie',
        defaultConsent: { analytics: 'in' },
        placements: [],
        ...peer.config,
        sdk: { pageViews: true, endpoint: '', ...peer.config.sdk },
      };
      return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(inlineConfig(text, config));
    }
    if (!url.pathname.startsWith('/v1/')) {
      const page = peer.pages.get(url.pathname);
      return void response
        .writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers })
        .end(page?.html ?? '');
    }
    let text = '';
    for await (const chunk of request) text += chunk;
    const call: Seen = {
      method: request.method ?? '',
      path: url.pathname + url.search,
      headers: request.headers,
      body: JSON.parse(text || '{}'),
      at: Date.now(),
    };
    peer.seen.push(call);
    if (call.method === 'POST') checkWire(url.pathname, call.body);
    const scripted = peer.script(call);
    if (scripted?.delayMs) await new Promise((resolve) => setTimeout(resolve, scripted.delayMs));
    if (scripted?.cut) return void request.socket.destroy();
    const ok = !scripted || scripted.status === undefined;
    response
      .writeHead(scripted?.status ?? 200, { 'content-type': 'application/json', ...cors, ...scripted?.headers })
      .end(JSON.stringify(scripted?.body ?? (ok ? answer(call.body) : { title: 'scripted' })));
  }
  return peer;
}
