import { styleText } from 'node:util';
import { connect } from '../admin-api.ts';
import { type ExplainedNode, explained, explainedDecision } from '../answers.schema.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine, table } from '../table.ts';
import { readWho } from '../who.ts';

interface ExplainFlags {
  readonly segment?: string;
  readonly offer?: string;
  readonly rule?: string;
}

/** Why somebody is in a segment, eligible for an offer or fits a rule, or does not: every part with its value. */
export async function explainProfile(shell: Shell, text: string, flags: ExplainFlags): Promise<number> {
  const { segment, offer, rule } = flags;
  const asked = Object.entries({ segment, offer, rule }).filter(([, value]) => value !== undefined);
  if (asked.length !== 1)
    throw new CliError('Explain what?', EXIT.usage, 'Name one of --segment <id>, --offer <id> and --rule <pql>.');
  const api = await connect(shell);
  const body = { ...readWho(text), ...Object.fromEntries(asked) };
  const found = await api.ask(explained, { method: 'POST', path: '/profiles/explain', body });
  const what = segment ?? offer ?? 'the rule';
  answer(shell, found, () => [
    `${found.profile} is ${found.member ? styleText('green', 'in') : styleText('red', 'not in')} ${what}${found.since === null ? '' : ` since ${found.since} (${found.cause})`}${found.sequence === null ? '' : `, sequence ${found.sequence}`}`,
    ...(found.nextChange === null ? [] : [`If nothing happens it changes at ${found.nextChange}.`]),
    '',
    ...describeNode(found.tree, 0),
  ]);
  return EXIT.ok;
}

function describeNode({ sentence, kind, truth, value, children }: ExplainedNode, depth: number): readonly string[] {
  const sign =
    kind === 'value' ? '=' : truth === true ? styleText('green', '✓') : truth === false ? styleText('red', '✗') : '?';
  const shown = kind === 'value' ? `: ${JSON.stringify(value ?? null)}` : '';
  return [
    `${'  '.repeat(depth)}${sign} ${oneLine(kind === 'value' ? sentence.replace(/\.$/, '') : sentence)}${oneLine(shown)}`,
    ...children.flatMap((child) => describeNode(child, depth + 1)),
  ];
}

/** Why each offer won or lost in the answer that a proposition was part of. */
export async function explainDecision(shell: Shell, proposition: string): Promise<number> {
  const api = await connect(shell);
  const path = `/decisions/${encodeURIComponent(proposition)}`;
  const found = await api.ask(explainedDecision, { method: 'GET', path });
  answer(shell, found, () => [
    `${found.at}, sequence ${found.sequence}, ${found.profile ?? 'nobody stored'}${found.agrees ? '' : styleText('red', '; deciding again gives another answer')}`,
    '',
    ...table(
      ['placement', 'shown', 'reason', 'because'],
      found.shown.map(({ placement, offer, reason, because }) => [placement, offer ?? '(fallback)', reason, because]),
    ),
    ...(found.trace.length === 0
      ? []
      : [
          '',
          ...table(
            ['placement', 'offer', 'outcome', 'because'],
            found.trace.map(({ placement, offer, rejection, because }) => [
              placement,
              offer,
              rejection ?? 'won',
              because,
            ]),
          ),
        ]),
  ]);
  return EXIT.ok;
}
