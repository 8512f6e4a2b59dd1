import { createEngine } from '../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { decodeLog } from '../../core/segment/runtime/log/decode-log.ts';
import { encodeLog } from '../../core/segment/runtime/log/encode-log.ts';
import { createLog, insertEvent, removeOldest, removeStrand } from '../../core/segment/runtime/log/log.ts';
import { createResident } from '../../core/segment/runtime/resident.ts';

/** What edge and browser carry to evaluate segments, and nothing else: its bundle is measured (T11). */
export const runtime = {
  createEngine,
  Evaluator,
  createResident,
  createLog,
  insertEvent,
  removeOldest,
  removeStrand,
  encodeLog,
  decodeLog,
};
