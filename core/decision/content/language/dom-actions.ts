import type { JsonObject, JsonValue } from '../../../lib/json.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import { DOM_ACTIONS, type DomActionName } from '../dom-action.ts';
import type { ContentProblem } from './content-problem.ts';
import { selectorProblem } from './selector-problem.ts';
import type { TextUse } from './text-use.ts';

const MAX_ACTIONS = 50;
const MAX_SELECTOR = 500;
const MEMBERS = new Set(['action', 'selector', 'value', 'name', 'target']);
const URL_NAMES = new Set(['href', 'src', 'poster', 'cite']);
/** Attributes that an action may set, beside `aria-…` and `data-…`. */
const NAMES = new Set(
  'alt checked class content datetime disabled height hidden href id label lang max min open placeholder poster rel role src srcset target title type value width'.split(
    ' ',
  ),
);

/** Checks the actions of a `dom` content. The answer: how each string that may hold placeholders is used, by pointer. */
export function domTexts(value: JsonValue): Result<ReadonlyMap<string, TextUse>, readonly ContentProblem[]> {
  const actions = actionsOf(value);
  const uses = new Map<string, TextUse>();
  if (!actions || actions.length > MAX_ACTIONS) {
    const detail = `A placement of DOM actions takes {"actions": [{"action", "selector", …}]}, at most ${MAX_ACTIONS}.`;
    return err([{ pointer: '', code: 'contentKind', detail }]);
  }
  const problems = actions.flatMap((action, i) => actionProblems(action, `/actions/${i}`, uses));
  return problems.length > 0 ? err(problems) : ok(uses);
}

function actionsOf(value: JsonValue): readonly JsonValue[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { actions } = value as JsonObject;
  return Array.isArray(actions) ? actions : null;
}

function actionProblems(given: JsonValue, pointer: string, uses: Map<string, TextUse>): readonly ContentProblem[] {
  const problem = (at: string, detail: string): ContentProblem => ({
    pointer: pointer + at,
    code: 'contentKind',
    detail,
  });
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return [problem('', 'An action is an object.')];
  const { action, selector, value, name, target } = given as JsonObject;
  const known =
    typeof action === 'string' && Object.hasOwn(DOM_ACTIONS, action) ? DOM_ACTIONS[action as DomActionName] : null;
  if (!known) return [problem('/action', `There is no such action. Known: ${Object.keys(DOM_ACTIONS).join(', ')}.`)];
  const problems: ContentProblem[] = [];
  for (const member of Object.keys(given)) {
    if (!MEMBERS.has(member)) problems.push(problem(`/${member}`, 'An action has no such member.'));
  }
  const badSelector = detailOfSelector(selector);
  if (badSelector !== null) problems.push(problem('/selector', badSelector));
  if (known.value === null ? value !== undefined : typeof value !== 'string') {
    problems.push(
      problem('/value', known.value === null ? 'This action takes no value.' : 'This action takes a text as value.'),
    );
  }
  if (known.name === null ? name !== undefined : !isName(known.name, name)) {
    problems.push(problem('/name', known.name === null ? 'This action takes no name.' : 'This name cannot be set.'));
  }
  const badTarget = known.target ? detailOfSelector(target) : null;
  if (badTarget !== null) problems.push(problem('/target', badTarget));
  if (!known.target && target !== undefined) problems.push(problem('/target', 'This action takes no target.'));
  if (known.name === 'style' && typeof value === 'string' && /url\s*\(|expression|@import|[<>{}]/i.test(value)) {
    problems.push({
      pointer: `${pointer}/value`,
      code: 'unsafeHtml',
      detail: 'A style loads nothing and holds no markup.',
    });
  }
  const isUrl = known.name === 'attribute' && typeof name === 'string' && URL_NAMES.has(name);
  if (known.value !== null) uses.set(`${pointer}/value`, isUrl ? 'url' : known.value);
  return problems;
}

/** What is wrong with a selector, which goes into a style rule and is asked for by scripts; null: nothing. */
function detailOfSelector(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_SELECTOR) {
    return `A CSS selector of at most ${MAX_SELECTOR} characters.`;
  }
  if (value.includes('{{')) return 'A CSS selector is taken as it is: it holds no placeholders.';
  const problem = selectorProblem(value);
  return problem === null ? null : `A CSS selector: ${problem}.`;
}

function isName(of: 'attribute' | 'style', name: JsonValue | undefined): boolean {
  if (typeof name !== 'string') return false;
  if (of === 'style')
    return /^(?:--)?[a-z][a-z0-9-]{0,60}$/.test(name) && name !== 'behavior' && name !== '-moz-binding';
  return NAMES.has(name) || /^(?:aria|data)-[a-z0-9-]{1,60}$/.test(name);
}
