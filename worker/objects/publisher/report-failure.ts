import { DrizzleError } from 'drizzle-orm/errors';
import { logLine } from '../../observe/log.ts';

/**
 * A query error of drizzle repeats the statement with its values and a syntax error quotes the text, so of the first only the
 * driver's own words are logged and of the second nothing but the name.
 */
export function reportFailure(stage: string, error: unknown): void {
  const { name, message, cause } = error instanceof Error ? error : new Error('not an error');
  const because =
    cause instanceof Error
      ? cause.message
      : error instanceof SyntaxError || error instanceof DrizzleError
        ? undefined
        : message;
  logLine({ kind: 'publisher', outcome: 'failed', stage, error: name, because });
}
