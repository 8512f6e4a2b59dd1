/** Where a publisher stands until it is killed: on either side of what D1 takes in one batch, or of a write to the cache. */
export type PublishStop = `${'before' | 'after'} ${'batch' | 'put'}`;
