/** Time runs as it does, so many milliseconds ahead. Must be the first import of its Worker: what is loaded later finds this `Date`. */
const RealDate = Date;
let shiftMs = 0;

export function shiftClock(ms: number): void {
  shiftMs = ms;
}

const now = (): number => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values) => (values.length === 0 ? new RealDate(now()) : Reflect.construct(target, values)),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});
