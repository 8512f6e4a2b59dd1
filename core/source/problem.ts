/** Rows as a spreadsheet counts them: the header is row 1. In NDJSON: lines. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** Why rows of the file could not become an event. `lines` says how many rows are lost with it. */
export type Problem =
  | { readonly kind: 'unreadableRow'; readonly rows: RowRange; readonly lines: number; readonly detail: string }
  | { readonly kind: 'emptyCell'; readonly rows: RowRange; readonly lines: number; readonly column: string }
  | {
      readonly kind: 'badCell';
      readonly rows: RowRange;
      readonly lines: number;
      readonly column: string;
      readonly value: string;
      readonly expected: string;
    }
  | { readonly kind: 'brokenGroup'; readonly rows: RowRange; readonly lines: number; readonly key: string }
  | {
      readonly kind: 'longGroup';
      readonly rows: RowRange;
      readonly lines: number;
      readonly key: string;
      readonly maxLines: number;
    }
  | { readonly kind: 'emptyId'; readonly rows: RowRange; readonly lines: number; readonly template: string }
  | { readonly kind: 'repeatedId'; readonly rows: RowRange; readonly lines: number; readonly id: string }
  | { readonly kind: 'noDate'; readonly rows: RowRange; readonly lines: number; readonly column: string }
  | { readonly kind: 'noIdentity'; readonly rows: RowRange; readonly lines: number }
  | {
      readonly kind: 'invalidEvent';
      readonly rows: RowRange;
      readonly lines: number;
      readonly type: string;
      readonly pointer: string;
      readonly detail: string;
    };

export type ProblemKind = Problem['kind'];

/** One line for people: where, what, and what to do. */
export function describeProblem(problem: Problem): string {
  return `${describeRows(problem.rows)}: ${explain(problem)}`;
}

export function describeRows(rows: RowRange): string {
  return rows.first === rows.last ? `row ${rows.first}` : `rows ${rows.first}-${rows.last}`;
}

function explain(problem: Problem): string {
  switch (problem.kind) {
    case 'unreadableRow':
      return problem.detail;
    case 'emptyCell':
      return `column ${problem.column} is empty, and the mapping says required`;
    case 'badCell':
      return `column ${problem.column}: "${problem.value}" is not ${problem.expected}`;
    case 'brokenGroup':
      return `${problem.key} is not sent: a row in it or next to it could not be read, so it may be incomplete`;
    case 'longGroup':
      return `more than ${problem.maxLines} consecutive lines have the same ${problem.key}: check group.by`;
    case 'emptyId':
      return `the event id "${problem.template}" has an empty part: build it from columns that are never empty`;
    case 'repeatedId':
      return `a second event with id ${problem.id}: it would be taken for a repetition. Sort the file by its group columns, or make the id more precise, for example with {row}`;
    case 'noDate':
      return `column ${problem.column} is empty: an event needs a time`;
    case 'noIdentity':
      return 'none of the identities names anybody: add a last one that is never empty, such as an anonymous one';
    case 'invalidEvent':
      return `${problem.type} would be refused: ${problem.pointer || '/'} ${problem.detail}`;
  }
}
