import { identityWarnings } from '../identity-warnings.ts';
import {
  type HoldoutSetting,
  identityConfig,
  type ReviewSetting,
  retentionDays,
  rulesetSetting,
  type Setting,
} from '../resources.ts';
import type { Consequence } from './consequence.ts';
import type { ResourceChange } from './content-diff.ts';

type About = NonNullable<Consequence['about']>;

/** What a changed setting does to everything else. A setting that is not there has its defaults. */
export function settingConsequences({ kind, id, before, after }: ResourceChange): readonly Consequence[] {
  if (kind !== 'setting') return [];
  const [was, is] = [before, after].map((side) => (side ? [side.body as unknown as Setting] : []));
  // What an older version of the code knew says nothing.
  return Object.hasOwn(SETTINGS, id) ? SETTINGS[id as Setting['id']](was ?? [], is ?? [], { kind, id }) : [];
}

type Tell = (was: readonly Setting[], is: readonly Setting[], about: About) => readonly Consequence[];

/** A new setting is a line here. */
const SETTINGS: { readonly [I in Setting['id']]: Tell } = {
  ruleset: (was, is, about) => {
    const [before, after] = [rulesetSetting(was).timeZone, rulesetSetting(is).timeZone];
    const sentence = `Rules go by the calendar of ${after} instead of ${before}: days and weeks begin at other instants, and everybody is evaluated anew.`;
    return before === after ? [] : [{ code: 'timeZoneChanged', about, data: { before, after }, sentence }];
  },
  identity: (was, is, about) => {
    const [before, after] = [identityConfig(was).namespaces, identityConfig(is).namespaces];
    const known = new Set(before.map(({ code }) => code));
    const added = after.filter(({ code }) => !known.has(code)).map(({ code }) => code);
    return [
      ...identityWarnings(before, after).map(
        ({ code, detail, pointer }): Consequence => ({
          code: 'namespaceChanged',
          about,
          data: { warning: code, pointer },
          sentence: detail.charAt(0).toUpperCase() + detail.slice(1),
        }),
      ),
      ...added.map(
        (code): Consequence => ({
          code: 'namespaceChanged',
          about,
          data: { added: code },
          sentence: `${code} becomes a namespace: events that name it link people from then on.`,
        }),
      ),
    ];
  },
  retention: (was, is, about) => {
    const [before, after] = [retentionDays(was), retentionDays(is)];
    return Object.entries(after).flatMap(([type, days]): readonly Consequence[] => {
      const former = before[type] ?? null;
      if (former !== null && former <= days) return [];
      const sentence = `Events ${type} are kept for ${days} days instead of ${former ?? 'for ever'}: older ones are deleted.`;
      return [{ code: 'retentionShortened', about, data: { type, before: former, after: days }, sentence }];
    });
  },
  holdout: (was, is, about) => {
    const share = (settings: readonly Setting[]) => (settings[0] as HoldoutSetting | undefined)?.share ?? 0;
    const [before, after] = [share(was), share(is)];
    const sentence = `${after * 100} % of people instead of ${before * 100} % are kept out of all experiments.`;
    return before === after ? [] : [{ code: 'holdoutChanged', about, data: { before, after }, sentence }];
  },
  review: (was, is, about) => {
    const approvals = (settings: readonly Setting[]) => (settings[0] as ReviewSetting | undefined)?.approvals ?? 0;
    const [before, after] = [approvals(was), approvals(is)];
    const sentence =
      after > before
        ? 'From then on nothing goes live that a second person has not approved.'
        : 'From then on one person alone can make changes live.';
    return before === after ? [] : [{ code: 'reviewChanged', about, data: { before, after }, sentence }];
  },
};
