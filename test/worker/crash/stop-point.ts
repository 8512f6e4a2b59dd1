import type { ProfileMessage } from '../../../core/identity/protocol/message.ts';

/** Places between two steps that belong together: reached, the Worker stands there until it is killed. The last two go on. */
export type StopPoint =
  /** On either side of a message of the link protocol, or of a move that the directory hears of. */
  | `${'before' | 'after'} ${ProfileMessage['kind'] | 'directory'}`
  | 'in send'
  | 'after batch'
  /** Every send takes a second, and so does a visit on its way into the object. */
  | 'slow'
  /** After each visit the alarm rings long before its time. */
  | 'early alarm';
