interface PanelData {
  readonly degraded?: boolean;
  readonly sequence?: number;
  readonly state?: string;
  readonly profile?: {
    readonly id: string;
    readonly identities: readonly { readonly namespace: string; readonly value: string }[];
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly events: number;
  } | null;
  readonly recent?: readonly { readonly productId: string }[];
  readonly memberships?: readonly { readonly segment: string; readonly status: string }[];
  readonly propositions?: readonly {
    readonly placement: string;
    readonly offer: string | null;
    readonly reason: string;
  }[];
  readonly trace?: readonly { readonly placement: string; readonly offer: string; readonly rejection: string | null }[];
}

interface PageWay {
  readonly part: string;
  readonly way: string;
  readonly how: string;
}

const OPEN_KEY = 'shop-panel';

function make(tag: string, text: string, className = '', testId = ''): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  if (testId) element.dataset.testid = testId;
  return element;
}

function pairs(rows: readonly (readonly [name: string, value: string, testId?: string])[]): HTMLElement {
  const list = document.createElement('dl');
  for (const [name, value, testId] of rows) list.append(make('dt', name), make('dd', value, '', testId));
  return list;
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Which part of this page asked Selvedge in which way: the page itself says so. */
function drawWays(): readonly HTMLElement[] {
  const told = document.getElementById('page-ways')?.textContent;
  if (!told) return [];
  const list = document.createElement('ul');
  list.dataset.testid = 'panel-ways';
  for (const { part, way, how } of JSON.parse(told) as readonly PageWay[]) {
    const item = make('li', `${part}: `);
    item.append(make('span', way, 'tag tag--on'), make('span', how, 'why'));
    list.append(item);
  }
  return [make('h3', 'Who asked, on this page'), list];
}

/** Everything is written as text: what stands in a profile came from people. */
function draw(data: PanelData): readonly HTMLElement[] {
  if (data.degraded === true && data.sequence === undefined)
    return [
      make('p', 'Selvedge did not answer in time: the shop shows its own content.', '', 'panel-degraded'),
      ...drawWays(),
    ];
  const { profile } = data;
  const parts = [
    pairs([
      ['State', data.state ?? 'unknown', 'panel-state'],
      ['Ruleset', `sequence ${data.sequence ?? '–'}`, 'panel-sequence'],
      ['Events', String(profile?.events ?? 0), 'panel-events'],
      ['Profile', profile?.id ?? 'none yet', 'panel-profile-id'],
    ]),
  ];
  const section = (title: string, body: HTMLElement, testId: string): void => {
    body.dataset.testid = testId;
    parts.push(make('h3', title), body);
  };
  section(
    'Identities',
    pairs((profile?.identities ?? []).map(({ namespace, value }) => [namespace, value])),
    'panel-identities',
  );
  section(
    'Attributes',
    pairs(Object.entries(profile?.attributes ?? {}).map(([name, value]) => [name, show(value)])),
    'panel-attributes',
  );

  const segments = document.createElement('div');
  const inside = (data.memberships ?? []).filter((membership) => membership.status === 'entered');
  segments.append(...inside.map(({ segment }) => make('span', segment, 'tag tag--on')));
  if (inside.length === 0) segments.textContent = 'none';
  section('Segments', segments, 'panel-segments');

  const decisions = document.createElement('ul');
  for (const { placement, offer, reason } of data.propositions ?? []) {
    const item = make('li', `${placement}: `, '', `panel-decision-${placement}`);
    item.append(make('span', offer ?? 'fallback', offer ? 'tag tag--on' : 'tag'), make('span', reason, 'why'));
    const passed = (data.trace ?? []).filter((row) => row.placement === placement && row.rejection !== null);
    if (passed.length > 0) {
      const more = document.createElement('details');
      more.append(
        make('summary', `${passed.length} passed over`),
        ...passed.map((row) => make('div', `${row.offer}: ${row.rejection}`, 'why')),
      );
      item.append(more);
    }
    decisions.append(item);
  }
  section('Decisions', decisions, 'panel-decisions');

  const seen = document.createElement('div');
  seen.append(...(data.recent ?? []).map(({ productId }) => make('span', productId, 'tag')));
  if (!data.recent?.length) seen.textContent = 'none';
  section('Products viewed last', seen, 'panel-recent');
  return [...parts, ...drawWays()];
}

/** Asks again shortly after each answer that the SDK got: that is when something may have changed. */
export function watchPanel(): void {
  const panel = document.getElementById('panel');
  const body = document.getElementById('panel-body');
  const place = document.getElementById('panel-data');
  const toggle = panel?.querySelector('button');
  if (!panel || !body || !place || !toggle) return;

  let timer = 0;
  const load = async (): Promise<void> => {
    const response = await fetch('/panel.json', { cache: 'no-store' });
    const data = (await response.json()) as PanelData;
    panel.dataset.state = data.state ?? 'unknown';
    place.replaceChildren(...draw(data));
  };
  const soon = (): void => {
    if (body.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(
      () => void load().catch(() => place.replaceChildren(make('p', 'The shop cannot be reached.'))),
      120,
    );
  };
  const open = (isOpen: boolean): void => {
    body.hidden = !isOpen;
    toggle.setAttribute('aria-expanded', String(isOpen));
    try {
      sessionStorage.setItem(OPEN_KEY, isOpen ? '1' : '');
    } catch {
      // Storage is denied: the panel opens closed on the next page.
    }
    soon();
  };
  toggle.addEventListener('click', () => open(Boolean(body.hidden)));
  let wasOpen = false;
  try {
    wasOpen = sessionStorage.getItem(OPEN_KEY) === '1';
  } catch {
    // as above
  }
  if (wasOpen) open(true);
  new PerformanceObserver((list) => {
    if (list.getEntries().some((entry) => entry.name.includes('/_selvedge/v1/'))) soon();
  }).observe({ type: 'resource', buffered: true });
}
