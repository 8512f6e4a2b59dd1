import type { InteractAnswer } from '../../core/interaction/command.ts';

/**
 * One answer for a batch that two profiles took in: up to a sign-out, and after it. `rest` null: the second one did not answer. What nobody
 * has stored or refused is asked for again, so that every event is accounted for.
 */
export function withRest(first: InteractAnswer, rest: InteractAnswer | null): InteractAnswer {
  const left = rest === null ? first.leftOver : rest.leftOver;
  const again = left.map((id) => ({ id, code: 'unavailable' as const, detail: 'send it again' }));
  if (rest === null) return { ...first, refused: [...first.refused, ...again] };
  return {
    ...rest,
    accepted: first.accepted + rest.accepted,
    duplicates: [...first.duplicates, ...rest.duplicates],
    refused: [...first.refused, ...rest.refused, ...again],
    device: first.device,
  };
}
