import type { Source } from './resources.ts';

/** Hosts with port that pages of a source may be led to: an origin is a scheme, two slashes and the host. */
export function redirectHosts({ allowedOrigins }: Pick<Source, 'allowedOrigins'>): readonly string[] {
  return [...new Set(allowedOrigins.map((origin) => origin.slice(origin.indexOf('//') + 2)))].sort();
}
