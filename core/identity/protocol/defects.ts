/**
 * Deliberate mistakes, each a way in which this protocol could have been built wrong. Production passes none; the model
 * checker shows that each is caught.
 */
export const PROTOCOL_DEFECTS = [
  'anyLockOrder',
  'noLock',
  'absorbUpwards',
  'noDirectoryEpoch',
  'noImportGuard',
  'noRelease',
  'noLockAlarm',
  'noFreeze',
  'noOwnershipCheck',
  'eraseIgnoresLock',
  'noErasedAt',
  'reviveErased',
  'noIntent',
  'importBeforeLastPage',
  'takeWithoutGuard',
  'takeForgotten',
  'noKeptMove',
  'keptTravels',
  'mintBlindly',
  'hintMayOpen',
  'expiryIgnoresVisit',
  'stubsSurvive',
  'namesSurvive',
  'noFence',
  'noCut',
  'closesWhole',
  'usesStay',
  'keptEpochOfPerson',
] as const;
export type ProtocolDefect = (typeof PROTOCOL_DEFECTS)[number];
export type Defects = ReadonlySet<ProtocolDefect>;
export const NO_DEFECTS: Defects = new Set();
