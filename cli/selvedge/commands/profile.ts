import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminApi, connect } from '../admin-api.ts';
import { erasure, exportPage, graphChange, type Person, person } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';
import { nameOf, readIdentity, readWho } from '../who.ts';

/** Who somebody is: identities, links, attributes. The call is in the audit. */
export async function getProfile(shell: Shell, text: string): Promise<number> {
  const api = await connect(shell);
  const found = await api.ask(person, { method: 'GET', path: '/people', query: { ...readWho(text) } });
  answer(shell, found, () => describePerson(found));
  return EXIT.ok;
}

interface ChangeFlags {
  readonly reason: string;
  readonly dryRun?: boolean;
}

/** Says that two identities are one person, or are not. */
export async function changeLink(
  shell: Shell,
  change: 'link' | 'unlink',
  names: readonly [a: string, b: string],
  { reason, dryRun = false }: ChangeFlags,
): Promise<number> {
  const api = await connect(shell);
  const [a, b] = names.map(readIdentity);
  const made = await api.ask(graphChange, {
    method: 'POST',
    path: `/people/${change}`,
    body: { a, b, reason, dryRun },
  });
  answer(shell, made, () => [
    dryRun
      ? 'It would leave these people:'
      : made.refused
        ? 'Refused; it stays as it is.'
        : 'These are the people now:',
    ...made.profiles.map((members, index) => `  ${index + 1}. ${members.map(nameOf).map(oneLine).join(', ')}`),
    ...made.removed.map((pair) => `  ends: ${oneLine(nameOf(pair.a))} – ${oneLine(nameOf(pair.b))}`),
    ...(made.refused ? [`Refused because of ${made.refused}.`] : []),
    ...(dryRun || made.refused || made.done ? [] : [`Taken, and still under way: request ${made.request}.`]),
  ]);
  return made.refused ? EXIT.problems : EXIT.ok;
}

interface EraseFlags {
  readonly reason: string;
  readonly scope: 'person' | 'identity';
  readonly suppress?: boolean;
  readonly yes?: boolean;
  readonly wait: number;
}

/** Erases somebody, or one identity and what came through it, and waits for the certificate. */
export async function eraseProfile(shell: Shell, text: string, flags: EraseFlags): Promise<number> {
  const { reason, scope, suppress = false, yes = false, wait } = flags;
  const who = readWho(text);
  if (!yes)
    throw new CliError(
      `Nothing was erased. What is erased cannot be brought back.`,
      EXIT.usage,
      `Look first ("selvedge profile get ${oneLine(text)}"), then say --yes.`,
    );
  const api = await connect(shell);
  let certificate = await api.ask(erasure, {
    method: 'POST',
    path: '/people/erase',
    body: { ...who, scope, suppress, reason },
  });
  const until = Date.now() + wait * 1000;
  while (certificate.finishedAt === null && Date.now() < until) {
    await sleep(500);
    const path = `/people/erasures/${encodeURIComponent(certificate.request)}`;
    certificate = await api.ask(erasure, { method: 'GET', path });
  }
  answer(shell, certificate, () => [
    certificate.finishedAt === null
      ? `Under way (${certificate.step}); it goes on by itself. Request ${certificate.request}.`
      : `Erased at ${certificate.finishedAt}. Request ${certificate.request}.`,
    ...Object.entries(certificate.deleted).map(([what, count]) => `  ${what.padEnd(12)} ${count}`),
    'What remains:',
    ...certificate.remains.map(
      ({ where, until: end, what }) => `  ${where}${end === null ? '' : ` until ${end}`}: ${what}`,
    ),
  ]);
  return EXIT.ok;
}

/** Everything held about somebody, as NDJSON: the person, each membership, each event. */
export async function exportProfile(shell: Shell, text: string, { out }: { readonly out?: string }): Promise<number> {
  const api = await connect(shell);
  const query = { ...readWho(text) };
  const counts = { person: 0, membership: 0, event: 0 };
  // For the eyes of the user alone: it is all about a person.
  const file = out === undefined ? null : await open(out, 'w', 0o600);
  const write = async (kind: keyof typeof counts, value: object) => {
    counts[kind]++;
    const line = JSON.stringify({ kind, ...value });
    if (file) await file.write(`${line}\n`);
    else shell.print(line);
  };
  try {
    for await (const page of pages(api, query)) {
      if (page.person) await write('person', page.person);
      for (const each of page.memberships) await write('membership', each);
      for (const each of page.events) await write('event', each);
    }
  } finally {
    await file?.close();
  }
  const done = `${counts.event} events and ${counts.membership} memberships${out === undefined ? '' : ` in ${out}`}`;
  if (out !== undefined) answer(shell, { out, ...counts }, () => [done]);
  else shell.note(done);
  return EXIT.ok;
}

async function* pages(api: AdminApi, who: Readonly<Record<string, string>>) {
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await api.ask(exportPage, { method: 'GET', path: '/people/export', query: { ...who, after } });
    yield page;
    after = page.next ?? undefined;
  }
}

function describePerson({ profile, state, createdAt, identities, links, attributes }: Person): readonly string[] {
  return [
    `${profile}  ${state}, since ${createdAt}`,
    '',
    ...table(
      ['identity', 'trust', 'state', 'events', 'first seen', 'last seen'],
      identities.map((one) => [nameOf(one), one.trust, one.state, one.events, one.firstSeen, one.lastSeen]),
    ),
    ...(links.length === 0
      ? []
      : [
          '',
          ...table(
            ['link', 'proven', 'by', 'claimed', 'by'],
            links.map(({ a, b, verifiedAt, claimedAt }) => [
              `${nameOf(a)} – ${nameOf(b)}`,
              verifiedAt?.at ?? '',
              verifiedAt?.source ?? '',
              claimedAt?.at ?? '',
              claimedAt?.source ?? '',
            ]),
          ),
        ]),
    ...(Object.keys(attributes).length === 0
      ? []
      : [
          '',
          ...table(
            ['attribute', 'value'],
            Object.entries(attributes).map(([id, value]) => [id, JSON.stringify(value)]),
          ),
        ]),
  ];
}
