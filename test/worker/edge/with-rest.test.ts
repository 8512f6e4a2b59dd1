import { describe, expect, it } from 'vitest';
import type { InteractAnswer } from '../../../core/interaction/command.ts';
import type { EventId, ProfileId, Sequence } from '../../../core/lib/ids.ts';
import { withRest } from '../../../worker/edge/with-rest.ts';

const id = (name: string) => name as EventId;
const refusal = (name: string) => ({ id: id(name), code: 'erased' as const, detail: '' });

function answer(more: Partial<InteractAnswer>): InteractAnswer {
  return {
    sequence: 1 as Sequence,
    state: 'loggedOut',
    duplicates: [],
    leftOver: [],
    accepted: 0,
    refused: [],
    propositions: [],
    bare: false,
    memberships: [],
    device: null,
    profile: null,
    recent: null,
    trace: null,
    cost: { rowsRead: 0, rowsWritten: 0, objectHops: 1 },
    ...more,
  };
}

describe('a batch that two profiles took in', () => {
  it('accounts for every event of both', () => {
    const first = answer({
      accepted: 1,
      duplicates: [id('b')],
      refused: [refusal('c')],
      leftOver: ['d', 'e', 'f', 'g'].map(id),
      device: { at: 'prf_1' as ProfileId, epoch: 2 },
    });
    const rest = answer({ accepted: 1, duplicates: [id('e')], refused: [refusal('f')], leftOver: [id('g')] });
    const whole = withRest(first, rest);
    expect([whole.accepted, whole.duplicates, whole.device]).toEqual([2, ['b', 'e'], first.device]);
    expect(whole.refused.map(({ id: name, code }) => [name, code])).toEqual([
      ['c', 'erased'],
      ['f', 'erased'],
      ['g', 'unavailable'],
    ]);
  });

  it('asks for everything after the sign-out again when nobody answers', () => {
    const whole = withRest(answer({ accepted: 1, leftOver: [id('b')] }), null);
    expect([whole.accepted, whole.refused.map(({ code }) => code)]).toEqual([1, ['unavailable']]);
  });
});
