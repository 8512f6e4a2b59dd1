/** What edge and browser carry to evaluate segments, and nothing else: its bundle is measured (T11). */
export { createEngine } from '../../core/segment/runtime/engine.ts';
export { decodeLog } from '../../core/segment/runtime/log/decode-log.ts';
export { encodeLog } from '../../core/segment/runtime/log/encode-log.ts';
export { createLog, insertEvent, removeOldest, removeStrand } from '../../core/segment/runtime/log/log.ts';
export { createResident } from '../../core/segment/runtime/resident.ts';
