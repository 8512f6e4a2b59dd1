import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';

/** Whether an empty directory means "its birth profile, epoch 1": devices and cookies, whose birth profile follows from the value. */
export function isLazy(key: IdentityKey, { namespaces }: StitchRules): boolean {
  const type = namespaces.byCode.get(namespaceOf(key))?.type;
  return type === 'device' || type === 'cookie';
}
