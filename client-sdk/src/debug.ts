import { type Proposition, REASONS, REJECTIONS } from '../../core/decision/proposition.ts';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import type { SdkError } from './bus.ts';
import type { CoreClient } from './core.ts';

const STYLE = `:host{all:initial}
section{position:fixed;inset:auto 0 0 auto;z-index:2147483647;box-sizing:border-box;width:min(30rem,100vw);max-height:70vh;overflow:auto;padding:.75rem 1rem;font:14px/1.5 system-ui,sans-serif;color:#1b1b1f;background:#fff;border:1px solid #62646e;border-radius:8px 0 0 0}
header{display:flex;justify-content:space-between;align-items:center}
h2{font-size:16px;margin:0}h3{font-size:14px;margin:.75rem 0 .25rem}
dl{margin:0 0 .5rem}dt{font-weight:600}dd{margin:0 0 0 1rem;overflow-wrap:anywhere}p{margin:0}
button{font:inherit;color:inherit;background:#eceef5;border:1px solid #62646e;border-radius:4px;padding:.25rem .75rem}`;

type Line = readonly [term: string, ...details: string[]];

/** What the page's visitor got and why, in a corner of the page. Loaded on demand: nothing of it is in sdk.js. Returns how to close it. */
export function openDebug({ link }: Pick<CoreClient, 'link'>): () => void {
  const { bus, sender, consent, storage } = link;
  const answers = new Map<string, Proposition>();
  const errors: SdkError[] = [];
  let last: InteractResponse | null = null;
  const host = document.createElement('selvedge-debug');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets.push(sheet);

  const make = (name: string, text = '', ...children: readonly Node[]): HTMLElement => {
    const element = document.createElement(name);
    element.append(text, ...children);
    return element;
  };
  const part = (title: string, lines: readonly Line[], none: string): Node[] => [
    make('h3', title),
    lines[0]
      ? make(
          'dl',
          '',
          ...lines.flatMap(([term, ...details]) => [make('dt', term), ...details.map((text) => make('dd', text))]),
        )
      : make('p', none),
  ];
  const decisions = (): Line[] =>
    [...answers.values()].map(({ placement, kind, offer, reason, experiment, variant, id }) => [
      placement,
      `${offer ? `offer ${offer}` : 'no offer'} (${kind ?? 'nothing'}): ${reason}, ${REASONS[reason] ?? ''}`,
      ...(experiment ? [`experiment ${experiment}, variant ${variant}`] : []),
      id,
    ]);
  const trace = (): Line[] =>
    ((last as { readonly trace?: readonly TraceLine[] } | null)?.trace ?? []).map(({ placement, offer, rejection }) => [
      `${offer} for ${placement}`,
      rejection ? `passed over: ${rejection}, ${REJECTIONS[rejection] ?? ''}` : 'won',
    ]);
  const queue = (): Line[] =>
    storage
      .names('q')
      .flatMap(
        (name) => storage.get<{ readonly e: readonly { readonly type: string; readonly id: string }[] }>(name)?.e ?? [],
      )
      .map(({ type, id }) => [type, id]);
  const draw = (): void => {
    const close = make('button', 'Close');
    close.addEventListener('click', stop);
    const section = make('section', '', make('header', '', make('h2', 'Selvedge'), close));
    section.setAttribute('aria-label', 'Selvedge debug');
    section.tabIndex = 0;
    section.append(
      ...part('Decisions', decisions(), 'Nothing was decided yet.'),
      ...part('Rules', trace(), 'This answer came without a trace: signed preview links bring one.'),
      ...part(
        'Visitor',
        last
          ? [
              [
                last.visitor.state,
                `ruleset ${last.sequence}`,
                ...last.memberships.map((one) => `${one.status} ${one.segment}`),
              ],
            ]
          : [],
        'No answer yet.',
      ),
      ...part(
        'Consent',
        [[consent.mode(), ...Object.entries(consent.now()).map(([purpose, choice]) => `${purpose}: ${choice}`)]],
        '',
      ),
      ...part('Queue', queue(), 'Nothing waits.'),
      ...part(
        'Errors',
        errors.map(({ kind, status, code }) => [kind, `${status ?? ''} ${code ?? ''}`]),
        'None.',
      ),
    );
    root.replaceChildren(section);
  };
  const stops = [
    bus.on('answer', (answer) => {
      last = answer;
      for (const one of answer.propositions) answers.set(one.placement, one);
      draw();
    }),
    bus.on('error', (error) => {
      errors.push(error);
      draw();
    }),
    bus.on('request', draw),
    bus.on('reset', () => {
      answers.clear();
      draw();
    }),
  ];
  const stop = (): void => {
    for (const off of stops) off();
    host.remove();
  };
  draw();
  document.body.append(host);
  sender.refresh();
  void sender.send();
  return stop;
}

interface TraceLine {
  readonly placement: string;
  readonly offer: string;
  readonly rejection: keyof typeof REJECTIONS | null;
}
