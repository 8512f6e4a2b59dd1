import {
  FORWARDED_COOKIES,
  FORWARDED_HEADERS,
  type PageRequest,
  SIGNAL_HEADERS,
  type VisitorSignals,
  type WireEvent,
} from './contract.ts';

export const PREVIEW_PARAMETER = 'selvedge_preview';

/** A page that a visitor asks for, as Selvedge is told of it. */
export function pageRequest(
  key: string,
  request: Request,
  placements: readonly string[],
  events: readonly WireEvent[] | undefined,
): PageRequest {
  const headers: Record<string, string> = headersOf(request, FORWARDED_HEADERS);
  const cookies = ownCookies(request.headers.get('cookie') ?? '');
  if (cookies !== '') headers.cookie = cookies;
  const preview = new URL(request.url).searchParams.get(PREVIEW_PARAMETER);
  const { country, regionCode, timezone } = (request.cf ?? {}) as NonNullable<PageRequest['cf']>;
  const cf = { ...(country && { country }), ...(regionCode && { regionCode }), ...(timezone && { timezone }) };
  return { key, url: request.url, headers, cf, placements, ...(events && { events }), ...(preview && { preview }) };
}

/** What the visitor's browser says to whoever asks for them: for `interact` and `decide` of a server. */
export function visitorSignals(request: Request): VisitorSignals {
  return headersOf(request, SIGNAL_HEADERS);
}

function headersOf(request: Request, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

function ownCookies(header: string): string {
  const names: readonly string[] = FORWARDED_COOKIES;
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => names.includes(pair.slice(0, pair.indexOf('='))))
    .join('; ');
}
