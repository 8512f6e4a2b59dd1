import { createCoreEngine } from '../../core/segment/runtime/create-core-engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { decodeLog } from '../../core/segment/runtime/log/decode-log.ts';

/**
 * What evaluates segments where nothing is kept of a profile, and nothing else: its bundle is T11. Conditions on attributes by literals, finished
 * patterns, counts, sums and sequences over a stored log. All else is an extra: runtime-extras.ts.
 */
export const runtime = { createCoreEngine, Evaluator, decodeLog };
