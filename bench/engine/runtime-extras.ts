const RUNTIME = '../../core/segment/runtime';

/** What the run-time has beside the entry of T11, as exports. */
export const EXTRAS = {
  /** Whole programs from scratch: general code, folded days, and the faster way through events that T5, T6 and T8 are measured with. */
  'every program': `export { createEngine } from '${RUNTIME}/engine.ts'`,
  /** Of which this is general code. */
  'general code': `export { evaluateCode } from '${RUNTIME}/general/evaluate-code.ts'`,
  /** Memberships that are kept right while events come and time passes: W2i, W4. */
  resident: `export { createResident } from '${RUNTIME}/resident.ts'`,
  'writing logs': [
    `export { createLog, insertEvent, removeOldest, removeStrand } from '${RUNTIME}/log/log.ts'`,
    `export { encodeLog } from '${RUNTIME}/log/encode-log.ts'`,
  ].join('\n'),
} as const;
