/** What a person can put right: shown as one message without a stack. Anything else that is thrown is a bug. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}
