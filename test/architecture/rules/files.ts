import { posix } from 'node:path';
import { BARRELS_ALLOWED, FORBIDDEN_NAMES, LINE_BUDGETS, MAX_EXPORTED_FUNCTIONS, ROOMS } from '../house.ts';
import { fileRule, type Rule, roomOf } from '../rule.ts';

const UNLIMITED = /\.d\.ts$|(?:^|\/)(?:generated|migrations)\//;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const knownRoom = fileRule('known-room', 'put it into a room of the house (docs/design)', ({ path }) =>
  ROOMS[roomOf(path)] ? [] : [{ line: 1, problem: `${roomOf(path)}/ is no room of the house` }],
);

const size = fileRule('size', 'split by concept, not by line count', (file) => {
  if (UNLIMITED.test(file.path)) return [];
  const budget = LINE_BUDGETS.find(({ files }) => files.test(file.path));
  if (!budget || file.lines <= budget.maxLines) return [];
  const problem = `${file.lines} lines, the budget is ${budget.maxLines}: ${budget.advice}`;
  return [{ line: budget.maxLines + 1, problem }];
});

const oneConcept = fileRule(
  'one-concept',
  'give each concept its own file, named like its main export',
  ({ path, exportedFunctions }) => {
    const max = MAX_EXPORTED_FUNCTIONS.find(({ files }) => files.test(path))?.max;
    if (max === undefined || exportedFunctions <= max) return [];
    return [{ line: 1, problem: `exports ${exportedFunctions} functions, at most ${max} here` }];
  },
);

const names = fileRule('names', 'name the file like its main export, in kebab-case', ({ path }) => {
  const folders = posix.dirname(path) === '.' ? [] : posix.dirname(path).split('/');
  const parts = posix.basename(path).split('.').slice(0, -1);
  const odd = [...folders, ...parts].find((part) => !KEBAB.test(part));
  if (odd !== undefined) return [{ line: 1, problem: `"${odd}" is not kebab-case` }];
  const vague = parts.find((part) => FORBIDDEN_NAMES.includes(part));
  return vague === undefined ? [] : [{ line: 1, problem: `"${vague}" says nothing about what belongs inside` }];
});

const barrels = fileRule('no-barrels', 'import from the file that has it', ({ path, barrel }) =>
  barrel && !BARRELS_ALLOWED.test(path) ? [{ line: 1, problem: 'only re-exports, outside client-sdk' }] : [],
);

export const FILE_RULES: readonly Rule[] = [knownRoom, size, oneConcept, names, barrels];
