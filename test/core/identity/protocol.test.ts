import { describe, expect, test } from 'vitest';
import { DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';
import type { IdentityKey } from '../../../core/identity/identity-key.ts';
import { NO_DEFECTS } from '../../../core/identity/protocol/defects.ts';
import { EMPTY_DIRECTORY } from '../../../core/identity/protocol/directory-node.ts';
import { handleDirectory } from '../../../core/identity/protocol/handle-directory.ts';
import { handleProfile } from '../../../core/identity/protocol/handle-profile.ts';
import type { LinkWish } from '../../../core/identity/protocol/link-wish.ts';
import type { Page, ProfileMessage } from '../../../core/identity/protocol/message.ts';
import { nextDue } from '../../../core/identity/protocol/next-due.ts';
import { emptyProfile, type ProfileNode } from '../../../core/identity/protocol/node-state.ts';
import { noteAnswer } from '../../../core/identity/protocol/note-answer.ts';
import { openCalls } from '../../../core/identity/protocol/open-calls.ts';
import { openStrand, placeOf } from '../../../core/identity/protocol/open-strand.ts';
import { backOff, PROTOCOL, type ProtocolContext } from '../../../core/identity/protocol/protocol-context.ts';
import { keptName } from '../../../core/identity/protocol/strand-row.ts';
import { wantLinks } from '../../../core/identity/protocol/want-links.ts';
import type { StitchPolicy } from '../../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../../core/lib/ids.ts';

const ANNA = 'customer:anna' as IdentityKey;
const PHONE = 'device:1' as IdentityKey;
const HOME = '0:anna';
const BIRTH = '1:phone';
const at = (now: number, changes: Partial<StitchPolicy> = {}): ProtocolContext => ({
  rules: { ...DEFAULT_STITCH_RULES, policy: { ...DEFAULT_STITCH_RULES.policy, ...changes } },
  now: now as Instant,
  defects: NO_DEFECTS,
  madePid: (seed) => `1:made ${seed}`,
});
const first = (owner: string) => ({ owner, epoch: 1, erasedAt: -1 });
const person = openStrand(emptyProfile(HOME), ANNA, first(HOME));
const device = openStrand(emptyProfile(BIRTH), PHONE, first(BIRTH));

function wish(event: string, time: number, changes: Partial<LinkWish> = {}): LinkWish {
  return {
    kind: 'record',
    event,
    keys: [ANNA, PHONE],
    links: [],
    stamp: { at: time as Instant, seq: 0 },
    verified: true,
    hints: { [PHONE]: first(BIRTH) },
    ...changes,
  };
}

/** The person after a login on the phone, and what the phone's birth profile is then. */
function loggedIn(page: Page): { readonly home: ProfileNode; readonly birth: ProfileNode } {
  const begun = wantLinks(person, wish('login', 10), at(10)).node;
  const [open] = openCalls(begun, at(10));
  if (open?.call.kind !== 'profile') throw new Error('no call to the phone');
  const { node: birth, reply } = handleProfile(device, open.call.message, at(10));
  if (reply.kind !== 'taken') throw new Error('not taken');
  const home = noteAnswer(begun, open, { kind: 'profile', reply: { ...reply, page } }, at(10));
  expect(home.effects[0]).toEqual({ kind: 'takeIn', strand: PHONE, page });
  return { home: home.node, birth };
}

describe('the common login', () => {
  test('takes three writes: wish with the event, take at the device, import with links and unlock', () => {
    const begun = wantLinks(person, wish('login', 10), at(10));
    expect(begun.outcome).toBe('intent');
    expect(begun.node.lock?.coordinator).toBe(HOME);
    expect(openCalls(begun.node, at(10)).map(({ call }) => call)).toMatchObject([
      { kind: 'profile', to: BIRTH, message: { kind: 'take', key: PHONE, to: HOME } },
    ]);
    const { home, birth } = loggedIn({ rows: ['a fact'], next: null, carry: null });
    expect(home).toMatchObject({ lock: null, intents: {}, strands: { [PHONE]: { state: 'owned', claimant: ANNA } } });
    expect(home.links).toMatchObject([{ a: ANNA, b: PHONE }]);
    expect(placeOf(birth, PHONE)).toEqual({ kind: 'moved', to: HOME });
    // Only now does anybody else hear of it.
    expect(openCalls(home, at(10)).map(({ call }) => call)).toMatchObject([
      { kind: 'directory', key: PHONE, message: { kind: 'move', owner: HOME, epoch: 2 } },
    ]);
  });

  test('keeps the strand on its way until the last page has come', () => {
    const { home } = loggedIn({ rows: ['a fact'], next: 'here', carry: null });
    expect(home.strands[PHONE]?.state).toBe('incoming');
    expect(home.lock).not.toBeNull();
  });

  test('a take that is repeated is answered again, and one that was given up gives the strand back', () => {
    const take: ProfileMessage = { kind: 'take', operation: 'o', key: PHONE, from: first(BIRTH), to: HOME };
    const taken = handleProfile(device, take, at(1));
    const again = handleProfile(taken.node, take, at(2));
    expect(again.node).toBe(taken.node);
    expect(again.reply).toEqual(taken.reply);
    const back = handleProfile(taken.node, { kind: 'unlock', operation: 'o' }, at(3)).node;
    expect(back.strands).toEqual(device.strands);
    expect(handleProfile(back, take, at(4)).reply.kind).toBe('refused');
  });

  test('a device that somebody has claimed is not taken', () => {
    const row = device.strands[PHONE];
    if (!row) throw new Error('no row');
    const claimed = { ...device, strands: { [PHONE]: { ...row, claimant: ANNA } } };
    const take: ProfileMessage = { kind: 'take', operation: 'o', key: PHONE, from: first(BIRTH), to: HOME };
    expect(handleProfile(claimed, take, at(1)).reply.kind).toBe('refused');
  });
});

describe('a logout', () => {
  const { home } = loggedIn({ rows: [], next: null, carry: null });
  const leave = wish('logout', 20, { kind: 'logout', keys: [PHONE] });

  test('is done when the visit is answered: the device has left, its history stays', () => {
    const left = wantLinks(home, leave, at(20));
    expect(left.outcome).toBe('linked');
    expect(left.node.links).toEqual([]);
    expect(left.node.strands[PHONE]).toMatchObject({ state: 'gone', epoch: 3, claimant: null });
    expect(left.node.lock).toBeNull();
    expect(left.effects).toMatchObject([{ kind: 'rename', from: PHONE, to: keptName(PHONE, ANNA) }]);
    const named = openCalls(left.node, at(20)).map(({ call }) => call.kind === 'profile' && call.message.kind);
    expect(named).toContain('install');
  });

  test('changes nothing where the history follows the device', () => {
    const context = at(20, { anonymousHistory: 'follow-device' });
    expect(wantLinks(home, leave, context)).toMatchObject({ outcome: 'nothing', node: home });
  });
});

describe('an erasure of one id', () => {
  const erase = (node: ProfileNode, only: IdentityKey) =>
    handleProfile(node, { kind: 'erase', request: 'r', at: 5 as Instant, suppress: false, only }, at(20));

  test('ends a profile that is its alone', () => {
    expect(erase(person, ANNA).node.state).toBe('erasing');
    const kept = { [keptName(PHONE, ANNA)]: { key: PHONE, by: ANNA, epoch: 1, state: 'kept' as const } };
    expect(erase({ ...person, kept }, ANNA).node.state).toBe('erasing');
  });

  test('touches nobody where others live too', () => {
    const both = openStrand(person, PHONE, first(HOME));
    expect(erase(both, ANNA)).toMatchObject({ node: both, reply: { kind: 'refused' } });
    const kept = { [keptName(PHONE, ANNA)]: { key: PHONE, by: ANNA, epoch: 1, state: 'kept' as const } };
    expect(erase({ ...device, kept }, PHONE).reply.kind).toBe('refused');
    expect(erase(person, PHONE).reply.kind).toBe('refused');
  });
});

describe('limits of the protocol', () => {
  test('a line feed in a value never names something kept', () => {
    const forged = `device:x\n${ANNA}` as IdentityKey;
    expect(openStrand(person, forged, first(HOME))).toBe(person);
    expect(wantLinks(person, wish('e', 1, { keys: [ANNA, forged] }), at(1)).outcome).toBe('nothing');
  });

  test('a stub accepts only a lower profile, and only from the one that it forwards to', () => {
    const stub: ProfileNode = { ...emptyProfile('1:z'), state: 'forwarded', forward: '1:m' };
    const told = (via: string, to: string) => handleProfile(stub, { kind: 'shorten', via, to }, at(1)).node.forward;
    expect(told('1:m', '1:x')).toBe('1:m');
    expect(told('1:n', '0:a')).toBe('1:m');
    expect(told('1:m', '0:a')).toBe('0:a');
  });

  test('waiting doubles up to thirty seconds, and is the same for the same ids', () => {
    const waits = Array.from({ length: 30 }, (_, tries) => backOff('seed', tries, 0 as Instant));
    expect(waits[0]).toBeLessThanOrEqual(PROTOCOL.firstBackOffMs);
    expect(Math.max(...waits)).toBeLessThanOrEqual(PROTOCOL.longestBackOffMs);
    expect(Math.min(...waits.slice(12))).toBeGreaterThanOrEqual(PROTOCOL.longestBackOffMs / 2);
    expect(backOff('seed', 3, 0 as Instant)).toBe(waits[3]);
  });

  test('only so many ended operations are remembered', () => {
    let node = person;
    for (let n = 0; n < 100; n++) node = handleProfile(node, { kind: 'unlock', operation: `o${n}` }, at(n)).node;
    expect(node.finished).toHaveLength(PROTOCOL.finished);
    expect(node.finished.at(-1)).toBe('o99');
  });

  test('a lock asks its coordinator after five seconds, and is due then', () => {
    const lock: ProfileMessage = { kind: 'lock', operation: 'o', coordinator: '0:a', expect: {} };
    const locked = handleProfile(person, lock, at(1_000)).node;
    expect(openCalls(locked, at(2_000))).toEqual([]);
    expect(nextDue(locked, at(2_000))).toBe(1_000 + PROTOCOL.askAgainMs);
    expect(openCalls(locked, at(6_000)).map(({ call }) => call)).toMatchObject([
      { to: '0:a', message: { kind: 'status', operation: 'o' } },
    ]);
  });
});

describe('the end of a profile', () => {
  test('an unlinked device that is idle goes without a trace and without a directory', () => {
    const ended = handleProfile(device, { kind: 'expire', idleSince: 5 as Instant }, at(10));
    expect(ended.node).toEqual(emptyProfile(BIRTH));
    expect(ended.effects).toEqual([{ kind: 'wipe' }]);
  });

  test('a person does not end for idleness', () => {
    expect(handleProfile(person, { kind: 'expire', idleSince: 5 as Instant }, at(10)).reply.kind).toBe('refused');
  });

  test('a directory agrees to a release only when nobody has asked since', () => {
    const known = handleDirectory(EMPTY_DIRECTORY, { kind: 'resolve', mint: BIRTH }, at(1_000));
    const release = { kind: 'release', owner: BIRTH, epoch: 1 } as const;
    expect(handleDirectory(known, { ...release, idleSince: 999 as Instant }, at(2_000)).releasing).toBeNull();
    const agreed = handleDirectory(known, { ...release, idleSince: 1_000 as Instant }, at(2_000));
    expect(agreed.releasing).toBe(BIRTH);
    expect(handleDirectory(agreed, { kind: 'resolve', mint: null }, at(3_000)).releasing).toBeNull();
  });

  test('an erasure says who ended, and is not answered for another', () => {
    const erased = handleProfile(
      person,
      { kind: 'erase', request: 'r', at: 50 as Instant, suppress: true },
      at(60),
    ).node;
    const [open] = openCalls(erased, at(60));
    expect(open?.call).toMatchObject({
      kind: 'directory',
      key: ANNA,
      message: { kind: 'erase', at: 60, suppress: true },
    });
    if (open?.call.kind !== 'directory') throw new Error('no directory');
    const known = handleDirectory(EMPTY_DIRECTORY, open.call.message, at(61));
    const ended = noteAnswer(erased, open, { kind: 'directory', node: known }, at(62));
    expect(ended.node).toMatchObject({ state: 'erased', strands: {}, erasure: { request: 'r' } });
    expect(ended.effects).toEqual([{ kind: 'wipe' }]);
    const other = handleProfile(
      ended.node,
      { kind: 'erase', request: 'other', at: 70 as Instant, suppress: false },
      at(70),
    );
    expect(other.reply.kind).toBe('unknown');
  });
});

describe('what comes late', () => {
  const BEN = 'customer:ben' as IdentityKey;
  const told = (node: ProfileNode) => ({
    ...node,
    lock: { operation: 'o', coordinator: HOME, since: 1 as Instant, taken: null },
  });
  const uses = { settledAt: null, spans: [{ by: BEN, from: 5 as Instant, to: 5 as Instant }] };
  const cut: ProfileMessage = {
    kind: 'cut',
    operation: 'o',
    strand: PHONE,
    uses,
    pieces: [{ by: ANNA, after: null, until: 5 as Instant, epoch: 3 }],
  };

  test('is cut out of a living strand once, and never again when it has gone on', () => {
    const done = handleProfile(told(device), cut, at(9));
    const name = keptName(PHONE, ANNA);
    expect(done.node.kept[name]).toEqual({ key: PHONE, by: ANNA, epoch: 3, state: 'kept' });
    expect(done.effects).toEqual([
      { kind: 'rename', from: PHONE, to: name, within: { after: null, until: 5, closes: false } },
    ]);
    expect(done.node.uses).toEqual({ [PHONE]: uses });
    const leave = { kind: 'switch', operation: 'o', strand: name, epoch: 4, to: HOME, keepFor: null } as const;
    const gone = handleProfile(done.node, leave, at(9)).node;
    const again = handleProfile(gone, cut, at(9));
    expect([again.effects, again.node.kept[name]?.state]).toEqual([[], 'gone']);
  });

  test('is not cut without the lock of its operation', () => {
    expect(handleProfile(device, cut, at(9))).toMatchObject({ node: device, effects: [] });
  });

  test('an erased person is named by no device: the one who has it forgets, a stub tells where it went', () => {
    const disown = { kind: 'disown', key: PHONE, by: BEN } as const;
    const owner = { ...device, uses: { [PHONE]: uses } };
    expect(handleProfile(owner, disown, at(9)).node.uses[PHONE]).toEqual({ settledAt: 5, spans: [] });
    expect(handleProfile(told(owner), disown, at(9)).reply.kind).toBe('busy');
    const { birth } = loggedIn({ rows: [], next: null, carry: null });
    expect(handleProfile(birth, disown, at(9)).reply).toEqual({ kind: 'moved', to: HOME });
    const nobody = handleProfile(emptyProfile('1:nobody'), disown, at(9));
    expect([nobody.node.state, nobody.reply.kind]).toEqual(['none', 'unknown']);
  });

  test('an erased person asks the directory for a device where nobody knows it any more', () => {
    const name = keptName(PHONE, ANNA);
    const left = { epoch: 2, erasedAt: -1, state: 'gone', to: '1:former', claimant: null } as const;
    const erasing: ProfileNode = {
      ...person,
      state: 'erasing',
      strands: { [PHONE]: left },
      kept: { [name]: { key: PHONE, by: ANNA, epoch: 1, state: 'kept' } },
      erasure: { request: 'r', at: 50 as Instant, suppress: false },
    };
    const ask = (node: ProfileNode) => {
      const open = openCalls(node, at(60)).find(({ work }) => work.startsWith('use '));
      if (!open) throw new Error('nobody is asked');
      return open;
    };
    const unknown = { kind: 'profile', reply: { kind: 'unknown' } } as const;
    const lost = noteAnswer(erasing, ask(erasing), unknown, at(60)).node;
    expect(ask(lost).call).toMatchObject({ kind: 'directory', key: PHONE });
    const moved = (owner: string, epoch: number) =>
      ({ kind: 'directory', node: { ...EMPTY_DIRECTORY, owner, epoch } }) as const;
    const there = noteAnswer(lost, ask(lost), moved('0:ben', 4), at(60)).node;
    expect(ask(there).call).toMatchObject({ to: '0:ben', message: { kind: 'disown', key: PHONE, by: ANNA } });
    const ended = noteAnswer(there, ask(there), { kind: 'profile', reply: { kind: 'ok' } }, at(60)).node;
    expect(ended.state).toBe('erased');
    // It is still said to be there, and is not: then nobody has it.
    const nowhere = noteAnswer(lost, ask(lost), moved('1:former', 2), at(60)).node;
    expect(nowhere.state).toBe('erased');
  });
});
