/** Ordered id of a profile: birth tier first, then time; compared as text. The product's are `ProfileId`s. */
export type Pid = string;
