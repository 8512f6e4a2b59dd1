/** Places between two steps that belong together: reached, the Worker stands there until it is killed. The last two go on. */
export type StopPoint =
  | 'before release'
  | 'after release'
  | 'before confirm'
  | 'after confirm'
  | 'in send'
  | 'after batch'
  /** Every send takes a second, and so does a visit on its way into the object. */
  | 'slow'
  /** After each visit the alarm rings long before its time. */
  | 'early alarm';
