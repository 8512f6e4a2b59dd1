import type { Preview } from '../../core/decision/decision-subject.ts';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import type { Instant } from '../../core/lib/ids.ts';
import type { Caller } from '../http/caller.ts';
import { verifyPreview } from '../http/preview-token.ts';
import type { Services } from '../services.ts';

export interface OpenedPreview {
  /** Null: the link does not hold, and the visit is one like any other. */
  readonly preview: Preview | null;
  readonly said: NonNullable<InteractResponse['preview']>;
}

/** A link that does not hold breaks no page: the visitor gets what they would get anyway, and the answer says why. */
export async function openPreview(
  token: string | undefined,
  { space }: Pick<Caller, 'space'>,
  services: Services,
): Promise<OpenedPreview | null> {
  if (token === undefined) return null;
  const link = await verifyPreview(token, space, services.visitorKeys, services.now());
  if (!link.ok) return { preview: null, said: link.error };
  const { offers, variants, segments, at } = link.value;
  return { preview: { offers, variants, segments, at: at as Instant | null }, said: 'shown' };
}
