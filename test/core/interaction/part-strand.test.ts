import { expect, it } from 'vitest';
import type { Fact } from '../../../core/event/event.ts';
import { factName } from '../../../core/interaction/outbox.ts';
import { isInPart, partStrand } from '../../../core/interaction/part-strand.ts';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import { applyEvent, createStrand, type Strand } from '../../../core/profile/strand.ts';
import { DEVICE, event, later, NOW, SARAH } from './visit-fixture.ts';

const HERE = '0:here' as ProfileId;
const BEFORE = { after: null, until: later(60_000), closes: false };

function seen(at: Instant, productId: string): Fact {
  return { ...event('product.viewed', at, { productId }, { sentBy: 'server' }), strand: 0, auth: 'recognised' };
}

function parted(facts: readonly Fact[]): { readonly from: Strand; readonly into: Strand } {
  const from: Strand = { ...createStrand(DEVICE, 'anonymous', 1, NOW), serial: 4, archived: ['0:former/2'] };
  for (const fact of facts) applyEvent(from, fact);
  const names = facts.map(({ source, id }) => factName(source, id));
  from.unsent = [{ device: SARAH, since: NOW, names }];
  const into: Strand = { ...createStrand(DEVICE, 'anonymous', 1, NOW), keptBy: SARAH, serial: 5 };
  const part = facts.filter((fact) => isInPart(fact, BEFORE));
  partStrand(from, into, { part, rest: facts.filter((fact) => !part.includes(fact)) }, BEFORE, HERE);
  return { from, into };
}

it('takes along what nobody has been told of, and the names under which it may lie in the archive', () => {
  const [first, second] = [seen(later(1_000), 'p1'), seen(later(90_000), 'p2')];
  const { from, into } = parted([first, second]);
  expect([from.facts, into.facts]).toEqual([1, 1]);
  expect(into.unsent).toEqual([{ device: SARAH, since: NOW, names: [factName(first.source, first.id)] }]);
  expect(from.unsent).toEqual([{ device: SARAH, since: NOW, names: [factName(second.source, second.id)] }]);
  expect(into.archived).toEqual([`${HERE}/4`, '0:former/2']);
  expect(from.archived).toEqual(into.archived);
});

it('where nothing happened in that time, shares no name with whoever goes on', () => {
  const { from, into } = parted([seen(later(90_000), 'p2')]);
  expect([into.facts, into.archived, into.unsent]).toEqual([0, [], undefined]);
  expect([from.facts, from.archived]).toEqual([1, ['0:former/2']]);
});
