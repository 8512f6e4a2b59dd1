/** Places between two steps that belong together. */
export type StopPoint =
  | 'before release'
  | 'after release'
  | 'before confirm'
  | 'after confirm'
  | 'in send'
  | 'after batch';
