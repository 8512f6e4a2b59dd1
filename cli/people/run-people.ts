import { writeFile } from 'node:fs/promises';
import { linkStamp } from '../../core/identity/replay/link.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { count } from '../replay/progress.ts';
import { increase } from '../replay/tally.ts';
import { type Contradiction, contradictionsOf } from './contradictions.ts';
import { type SourceFileWithMapping, type StitchedFiles, stitchFiles } from './stitch-files.ts';

export interface PeopleOptions {
  readonly sources: readonly SourceFileWithMapping[];
  /** Writes the whole report there, as JSON. */
  readonly report: string | null;
}

export interface PeopleReport {
  readonly files: Readonly<
    Record<string, { readonly rows: number; readonly events: number; readonly rowsLost: number }>
  >;
  /** Profiles with an identity that names a person, and the others. */
  readonly people: number;
  readonly nobodies: number;
  /** How many people have so many identities. */
  readonly peopleByIdentities: Readonly<Record<string, number>>;
  readonly eventsByType: Readonly<Record<string, number>>;
  /** Events in no profile. */
  readonly homeless: readonly string[];
  readonly contradictions: readonly Contradiction[];
  /** Pairs that the files named together and that a later pair has displaced. */
  readonly displaced: readonly { readonly a: string; readonly b: string; readonly at: string }[];
}

const MOST_SHOWN = 20;

/** Stitches files on this machine and sends nothing. Answers the exit code: 1 when rows were lost or an event is nobody's. */
export async function runPeople(options: PeopleOptions, print: (line: string) => void): Promise<number> {
  const stitched = await stitchFiles(options.sources);
  const report = reportOf(stitched);
  for (const line of describe(report)) print(line);
  for (const { told } of stitched.tallies.values()) for (const line of told) print(line);
  if (options.report !== null) {
    await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
    print(`The whole report is in ${options.report}.`);
  }
  const lost = [...stitched.tallies.values()].some(({ rowsLost }) => rowsLost > 0);
  return lost || report.homeless.length > 0 ? 1 : 0;
}

export function reportOf({ tallies, events, profiles, displaced, homeless }: StitchedFiles): PeopleReport {
  const people = profiles.filter(({ person }) => person !== null);
  const byIdentities = new Map<string, number>();
  for (const { keys } of people) increase(byIdentities, String(keys.length), 1);
  const byType = new Map<string, number>();
  for (const { event } of events.values()) increase(byType, event.type, 1);
  return {
    files: Object.fromEntries(
      [...tallies].map(([file, tally]) => [file, { rows: tally.rows, events: tally.events, rowsLost: tally.rowsLost }]),
    ),
    people: people.length,
    nobodies: profiles.length - people.length,
    peopleByIdentities: Object.fromEntries([...byIdentities].sort((a, b) => Number(a[0]) - Number(b[0]))),
    eventsByType: Object.fromEntries(byType),
    homeless,
    contradictions: profiles.flatMap((profile) => contradictionsOf(profile, events)),
    displaced: displaced.map((link) => ({ a: link.a, b: link.b, at: formatInstant(linkStamp(link).at) })),
  };
}

function describe(report: PeopleReport): readonly string[] {
  const { contradictions, displaced } = report;
  const values = ({ values: said }: Contradiction) =>
    said.map(({ value, from }) => `${JSON.stringify(value)} (${from})`).join(', then ');
  return [
    ...Object.entries(report.files).map(
      ([file, { rows, events, rowsLost }]) =>
        `${file}: ${count(rows)} rows, ${count(events)} events${rowsLost > 0 ? `, ${count(rowsLost)} rows not mapped` : ''}`,
    ),
    `${count(report.people)} people (${Object.entries(report.peopleByIdentities)
      .map(([ids, people]) => `${count(people)} with ${ids}`)
      .join(', ')} identities), ${count(report.nobodies)} profiles of nobody known`,
    ...Object.entries(report.eventsByType).map(([type, events]) => `  ${type} ${count(events)}`),
    ...(report.homeless.length > 0 ? [`${count(report.homeless.length)} events name nobody`] : []),
    `${count(contradictions.length)} contradictions, newest wins:`,
    ...contradictions
      .slice(0, MOST_SHOWN)
      .map((one) => `  ${one.person.join(' ')}: ${one.attribute} ${values(one)}: the last one holds`),
    ...(contradictions.length > MOST_SHOWN ? [`  … and ${count(contradictions.length - MOST_SHOWN)} more`] : []),
    `${count(displaced.length)} links were displaced by later ones:`,
    ...displaced.slice(0, MOST_SHOWN).map(({ a, b, at }) => `  ${a} – ${b} of ${at}`),
    ...(displaced.length > MOST_SHOWN ? [`  … and ${count(displaced.length - MOST_SHOWN)} more`] : []),
  ];
}
