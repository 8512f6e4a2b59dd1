/** The two node modules that the spike calls; all of @types/node would fight with the Workers types. */

declare module 'node:crypto' {
  interface Hmac {
    update(data: Uint8Array): Hmac;
    digest(): Uint8Array;
  }
  export function createHmac(algorithm: string, key: Uint8Array): Hmac;
}

declare module 'node:v8' {
  export function serialize(value: unknown): Uint8Array;
}
