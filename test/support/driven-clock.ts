/** Time as a test wants it. Must be the first import of its Worker: what is loaded later finds this `Date`. */
const RealDate = Date;

/** Null: real time. It stands still until somebody moves it. */
let driven: number | null = null;

export function setClock(at: number | null): void {
  driven = at;
}

export function clock(): number {
  return driven ?? RealDate.now();
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values) => (values.length === 0 ? new RealDate(clock()) : Reflect.construct(target, values)),
  get: (target, name) => (name === 'now' ? clock : (Reflect.get(target, name) as unknown)),
});
