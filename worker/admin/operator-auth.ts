import { parseSpace, type Space } from '../../core/lib/ids.ts';
import { dayOf } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { spaceOfKey } from '../../core/ruleset/names.ts';
import type { AdminServices } from '../services/admin-services.ts';

/** Name of whoever holds the bootstrap token; no operator may be called so. */
export const BOOTSTRAP = 'bootstrap';

export interface KnownOperator {
  readonly space: Space;
  readonly name: string;
}

/** Who holds this `Authorization` header: an operator of the space that the token names, or the bootstrap operator of it. */
export async function identifyOperator(
  authorization: string | undefined,
  services: AdminServices,
  defer: (work: Promise<unknown>) => void,
): Promise<Result<KnownOperator, 'missingToken' | 'unknownToken'>> {
  const token = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return err('missingToken');
  const space = parseSpace(spaceOfKey(token, 'op') ?? '');
  if (space === null) return err('unknownToken');
  const hash = await services.sha256(token);
  if (services.bootstrapTokenHash !== null && sameText(hash, services.bootstrapTokenHash.toLowerCase()))
    return ok({ space, name: BOOTSTRAP });
  const operator = await services.operators.findByHash(space, hash);
  if (!operator) return err('unknownToken');
  const today = dayOf(services.now());
  if (operator.lastUsedDay !== today)
    defer(services.operators.used(space, operator.name, today).catch(() => undefined));
  return ok({ space, name: operator.name });
}

const encoder = new TextEncoder();

/** Takes as long for a wrong text as for the right one. */
function sameText(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right);
}
