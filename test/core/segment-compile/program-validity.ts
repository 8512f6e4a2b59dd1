import {
  type Cell,
  JUMP,
  type LiteralPair,
  type Predicate,
  type Program,
} from '../../../core/segment/runtime/program.ts';

/**
 * What holds of every compiled program, whatever its rules say. Each function returns complaints in words; none: all is well.
 * Nothing of the compiler is used: what a cell reads is found by walking its JSON.
 */
export function programComplaints(program: Program): readonly string[] {
  return [
    ...logComplaints(program),
    ...cellComplaints(program),
    ...literalComplaints(program),
    ...codeComplaints(program),
    ...orderComplaints(program),
  ];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const byUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const isSortedOnce = (items: readonly string[]) => items.every((item, i) => i === 0 || (items[i - 1] as string) < item);
const isRising = (items: readonly number[]) => items.every((item, i) => i === 0 || (items[i - 1] as number) < item);
const complain = (isRight: boolean, detail: string) => (isRight ? [] : [detail]);

type Node = Readonly<Record<string, unknown>>;

/** Every object of a piece of JSON, parents first; compiled patterns are left out. */
function nodesOf(value: unknown): readonly Node[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  const parts = Object.entries(value).flatMap(([key, part]) => (key === 'pattern' ? [] : nodesOf(part)));
  return [value as Node, ...parts];
}

const numbersOf = (nodes: readonly Node[], op: string, key: string) =>
  nodes.flatMap((node) => (node.op === op ? [node[key] as number] : [])).filter((item) => item >= 0);
const sortedOnce = (items: readonly number[]) => [...new Set(items)].sort((a, b) => a - b);

function logComplaints(program: Program): readonly string[] {
  const { log, queries, attributes, cells, predicates } = program;
  const typesOf = (lists: readonly (readonly string[] | null)[]) =>
    lists.some((types) => types === null) ? null : [...new Set(lists.flatMap((types) => types ?? []))].sort(byUnit);
  const nodes = [...cells, ...queries].flatMap(nodesOf);
  const columns = [
    ...queries.flatMap(({ where }) => where.map(({ column }) => column)),
    ...cells.flatMap((cell) => (cell.kind === 'sum' ? [cell.column] : [])),
    ...numbersOf(nodes, 'field', 'column'),
  ].filter((column) => column >= 0);
  const read = [...predicates.map(({ attribute }) => attribute), ...numbersOf(nodes, 'attribute', 'attribute')];
  const used = sortedOnce(cells.flatMap(({ reads }) => reads.queries));
  return [
    ...complain(isSortedOnce(attributes), 'attributes are sorted'),
    ...complain(same(sortedOnce(read), [...attributes.keys()]), 'every attribute is read'),
    ...complain(isSortedOnce(log.columns.map(({ steps }) => JSON.stringify(steps))), 'columns are sorted'),
    ...complain(same(sortedOnce(columns), [...log.columns.keys()]), 'every column is read'),
    ...complain(
      same(log.types, typesOf(queries.map(({ types }) => types))),
      'types of the log are those of the queries',
    ),
    ...complain(new Set(queries.map((query) => JSON.stringify(query))).size === queries.length, 'queries differ'),
    ...complain(same(used, [...queries.keys()]), 'every query is read'),
    ...queries.flatMap(({ types, where, rest }, i) => [
      ...complain(types === null || isSortedOnce(types), `types of query ${i} are sorted`),
      ...complain(
        new Set(where.map((test) => JSON.stringify(test))).size === where.length,
        `tests of query ${i} differ`,
      ),
      ...complain(
        where.every(({ is, values }) => (is === 'in' ? new Set(values).size === values.length : values.length === 1)),
        `values of query ${i} differ`,
      ),
      ...complain(rest === null || rest.slot === 0, `the event of query ${i} stands in slot 0`),
      ...(rest ? slotComplaints(rest.code, `query ${i}`, 1) : []),
      ...complain(
        rest === null ||
          !nodesOf(rest.code).some(({ op }) => /^(?:now|calendar|attribute|cell|member|score|rows)$/.test(String(op))),
        `query ${i} reads the event alone`,
      ),
    ]),
  ];
}

/** Slots are filled before they are read and have no holes. `outside`: how many are filled from outside. */
function slotComplaints(code: unknown, name: string, outside = 0): readonly string[] {
  const nodes = nodesOf(code);
  const at = (node: Node) => [node.slot, node.label].filter((slot) => typeof slot === 'number' && slot >= 0);
  const filled = sortedOnce([
    ...Array.from({ length: outside }, (_, i) => i),
    ...(nodes.flatMap((node) => (node.op === 'slot' ? [] : at(node))) as number[]),
  ]);
  const isRead = numbersOf(nodes, 'slot', 'slot').every((slot) => filled.includes(slot));
  return [
    ...complain(isRead, `${name} reads a slot that is never filled`),
    ...complain(same(filled, [...filled.keys()]), `slots of ${name} have holes`),
  ];
}

const COSTLY = /^(?:exists|forall|chain|sum|average|min|max)$/;
const COSTLY_CALL = /^(?:count|sum|average|min|max|favourite|decayed|keys)$/;

function cellComplaints({ cells }: Program): readonly string[] {
  const shown = cells.map(({ reads: _, ...cell }) => JSON.stringify({ ...cell, ifTrue: 0, ifFalse: 0 }));
  const costly = new Map<string, number>();
  for (const cell of cells) {
    if (!('code' in cell)) continue;
    const stated = new Set<string>();
    for (const node of nodesOf(cell.code)) {
      const isKind = COSTLY.test(String(node.op)) || (node.op === 'call' && COSTLY_CALL.test(String(node.function)));
      const parts = nodesOf(node);
      const slots = numbersOf(parts, 'slot', 'slot');
      const isClosed = slotComplaints(node, '').every((complaint) => !complaint.includes('never'));
      // Where slots are read the same part has other numbers elsewhere.
      if (isKind && isClosed && slots.length === 0 && parts.some(({ op }) => op === 'rows'))
        stated.add(JSON.stringify(node));
    }
    for (const part of stated) costly.set(part, (costly.get(part) ?? 0) + 1);
  }
  return [
    ...complain(new Set(shown).size === cells.length, 'cells differ'),
    ...complain(Math.max(0, ...costly.values()) < 2, 'what is costly is computed once'),
    ...cells.flatMap((cell, i) => [
      ...complain(same(cell.reads, naiveReads(cell)), `reads of cell ${i}`),
      ...('code' in cell ? [...slotComplaints(cell.code, `cell ${i}`), ...callComplaints(cell.code, `cell ${i}`)] : []),
    ]),
  ];
}

const PER_ELEMENT = /^(?:map|exists|topN|bottomN|first|last|favourite|decayed)$/;

/** Only calls that look at each element have a slot for it. */
function callComplaints(code: unknown, name: string): readonly string[] {
  const calls = nodesOf(code).filter(({ op }) => op === 'call');
  return calls.flatMap((call) =>
    complain(
      (call.slot as number) >= 0 === PER_ELEMENT.test(String(call.function)),
      `slot of ${call.function} in ${name}`,
    ),
  );
}

function naiveReads(cell: Cell): Cell['reads'] {
  const nodes = 'code' in cell ? nodesOf(cell.code) : [];
  const own =
    cell.kind === 'count' || cell.kind === 'sum'
      ? [cell.query]
      : cell.kind === 'sequence'
        ? [...cell.steps.flatMap(({ query, exclude }) => [query, exclude]), cell.exclude].filter((query) => query >= 0)
        : [];
  return {
    attributes: sortedOnce(numbersOf(nodes, 'attribute', 'attribute')),
    queries: sortedOnce([...own, ...numbersOf(nodes, 'rows', 'query')]),
    cells: sortedOnce([...numbersOf(nodes, 'cell', 'cell'), ...numbersOf(nodes, 'attribute', 'otherwise')]),
    segments: sortedOnce(numbersOf(nodes, 'member', 'segment')),
    scores: nodes.some(({ op }) => op === 'score'),
  };
}

const RANKS: readonly Predicate['is'][] = ['=', 'in', '>=', '>'];

function rankOf({ is }: Predicate): number {
  const rank = RANKS.indexOf(is);
  return rank < 0 ? RANKS.length : rank;
}

function codePoints(text: string): readonly number[] {
  return [...text].map((character) => character.codePointAt(0) ?? 0);
}

/** Whether `a` may stand before `b` in a group. */
function isBefore(a: Predicate, b: Predicate): boolean {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) < rankOf(b);
  if ((a.is !== '>=' && a.is !== '>') || (b.is !== '>=' && b.is !== '>')) return !same(a, b);
  if (typeof a.value !== 'string' || typeof b.value !== 'string') return a.value < b.value;
  const [x, y] = [codePoints(a.value), codePoints(b.value)];
  const at = x.findIndex((code, i) => code !== y[i]);
  return at < 0 ? x.length < y.length : (x[at] as number) < (y[at] ?? -1);
}

const TYPES = ['string', 'number', 'boolean', 'null'];

function pairsOf({ cells, segments }: Program): readonly LiteralPair[] {
  return [
    ...cells.flatMap((cell) => ('ifTrue' in cell ? [cell] : [])),
    ...segments.map(({ ifMember, ifNotMember }) => ({ ifTrue: ifMember, ifFalse: ifNotMember })),
  ];
}

function literalComplaints(program: Program): readonly string[] {
  const { predicates, words, code } = program;
  let word = 0;
  const complaints: string[] = [];
  for (const [i, group] of predicates.entries()) {
    const before = predicates[i - 1];
    const isLater =
      !before ||
      before.attribute < group.attribute ||
      (before.attribute === group.attribute && TYPES.indexOf(before.type) < TYPES.indexOf(group.type));
    complaints.push(
      ...complain(isLater, `group ${i} comes late`),
      ...complain(group.word === word, `group ${i} begins elsewhere`),
      ...complain(group.words === Math.ceil(group.predicates.length / 32), `words of group ${i}`),
      ...group.predicates.flatMap((predicate, j) => {
        const next = group.predicates[j + 1];
        return complain(next === undefined || isBefore(predicate, next), `order of group ${i} at ${j}`);
      }),
    );
    word += 2 * group.words;
  }
  const pairs = pairsOf(program).flatMap(({ ifTrue, ifFalse }) => [ifTrue, ifFalse]);
  const given = pairs.filter((literal) => literal >= 0).sort((a, b) => a - b);
  const asked = new Set(code.filter((_, i) => i % 3 === 0));
  const isOfGroup = (literal: number) =>
    predicates.some(({ word: from, words: size, predicates: of }) => {
      const bit = literal - 32 * from;
      return (bit >= 0 && bit < of.length) || (bit >= 32 * size && bit < 32 * size + of.length);
    });
  complaints.push(
    ...complain(
      given.every((literal, i) => literal === 32 * word + i),
      'literals of cells and segments follow the groups',
    ),
    ...complain(words === Math.ceil((32 * word + given.length) / 32), 'words'),
    ...complain(
      given.every((literal) => asked.has(literal)),
      'a literal that nobody asks for',
    ),
    ...complain(
      [...asked].every((literal) => given.includes(literal) || isOfGroup(literal)),
      'a literal that nobody sets',
    ),
  );
  return complaints;
}

/** Whether some literals, all but `without`, lead from `start` to membership. */
function canReach(code: readonly number[], start: number, without: number): boolean {
  const seen = new Set<number>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === JUMP.member) return true;
    if (at < 0 || seen.has(at)) continue;
    seen.add(at);
    const [literal, whenSet, whenNot] = code.slice(at, at + 3) as [number, number, number];
    open.push(whenNot);
    if (literal !== without) open.push(whenSet);
  }
  return false;
}

function literalsFrom(code: readonly number[], start: number): ReadonlySet<number> {
  const found = new Set<number>();
  const seen = new Set<number>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at < 0 || seen.has(at)) continue;
    seen.add(at);
    found.add(code[at] as number);
    open.push(code[at + 1] as number, code[at + 2] as number);
  }
  return found;
}

function codeComplaints({ code, segments, predicates }: Program): readonly string[] {
  const triples = Array.from({ length: code.length / 3 }, (_, i) => code.slice(3 * i, 3 * i + 3));
  const reached = new Set<number>();
  for (const { start } of segments) {
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at < 0 || reached.has(at)) continue;
      reached.add(at);
      open.push(code[at + 1] as number, code[at + 2] as number);
    }
  }
  const isTarget = (at: number, own: number) =>
    at === JUMP.member || at === JUMP.notMember || (at >= 0 && at % 3 === 0 && at < own);
  const isEquality = (literal: number) =>
    predicates.some(({ word, type, predicates: of }) => type !== 'boolean' && of[literal - 32 * word]?.is === '=');
  return [
    ...complain(Number.isInteger(code.length / 3), 'code is triples'),
    ...complain(new Set(triples.map(String)).size === triples.length, 'triples differ'),
    ...complain(
      triples.every(
        ([, whenSet, whenNot], i) => isTarget(whenSet as number, 3 * i) && isTarget(whenNot as number, 3 * i),
      ),
      'jumps lead to what was written before',
    ),
    ...complain(reached.size === triples.length, 'code that nobody reaches'),
    ...segments.flatMap(({ id, start, access }) => {
      const needed = [...literalsFrom(code, start)].filter((literal) => !canReach(code, start, literal));
      if (start < 0) return complain(access === -1, `${id} is constant and asks for a literal`);
      if (needed.length === 0) return complain(access === -1, `${id} needs no literal`);
      const isRarest = needed.some(isEquality) ? isEquality(access) : true;
      return [
        ...complain(needed.includes(access), `${id} does not need its literal`),
        ...complain(isRarest, `${id} needs an equality, which is rarer`),
      ];
    }),
  ];
}

function orderComplaints(program: Program): readonly string[] {
  const { order, cells, segments, code } = program;
  const places = new Map(order.map((node, place) => [node, place]));
  const isAfter = (node: number, needs: readonly number[]) =>
    needs.every((need) => (places.get(need) ?? Number.POSITIVE_INFINITY) < (places.get(node) as number));
  const owners = new Map<number, number>();
  for (const [i, cell] of cells.entries())
    if ('ifTrue' in cell) for (const literal of [cell.ifTrue, cell.ifFalse]) owners.set(literal, i);
  for (const [i, { ifMember, ifNotMember }] of segments.entries())
    for (const literal of [ifMember, ifNotMember]) owners.set(literal, ~i);
  owners.delete(-1);
  const all = [...cells.keys(), ...segments.map((_, i) => ~i)].sort((a, b) => a - b);
  return [
    ...complain(
      same(
        [...order].sort((a, b) => a - b),
        all,
      ),
      'the order has every cell and segment once',
    ),
    ...complain(isRising(order.filter((node) => node >= 0)), 'cells are numbered in order'),
    ...cells.flatMap(({ reads }, i) =>
      complain(isAfter(i, [...reads.cells, ...reads.segments.map((segment) => ~segment)]), `cell ${i} comes too early`),
    ),
    ...segments.flatMap(({ id, start }, i) =>
      complain(
        isAfter(
          ~i,
          [...literalsFrom(code, start)].flatMap((literal) => owners.get(literal) ?? []),
        ),
        `segment ${id} comes too early`,
      ),
    ),
  ];
}
