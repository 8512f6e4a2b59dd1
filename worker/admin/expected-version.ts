import { err, ok, type Result } from '../../core/lib/result.ts';
import type { AdminAnswer } from './route.ts';

/** The precondition of a change: a version from `If-Match`, 0 for `If-None-Match: *`, undefined for none. */
export function expectedVersion(call: {
  readonly header: (name: string) => string | undefined;
}): Result<number | undefined, AdminAnswer> {
  const match = call.header('if-match');
  const noneMatch = call.header('if-none-match');
  if (match === undefined && noneMatch === undefined) return ok(undefined);
  if (match === undefined && noneMatch === '*') return ok(0);
  const version = /^(?:W\/)?"?([0-9]{1,9})"?$/.exec(match ?? '')?.[1];
  if (version === undefined || noneMatch !== undefined) {
    return err({
      problem: 'badRequest',
      extras: { detail: 'Send If-Match with a version, or If-None-Match with *, or neither.' },
    });
  }
  return ok(Number(version));
}
