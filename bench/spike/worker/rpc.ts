/** The same ~2 kB command by different roads into an object; n sequential calls inside one request. */

import { command } from './command.ts';
import type { Micro } from './micro.ts';

type RpcCase = (stub: DurableObjectStub<Micro>, n: number) => Promise<number>;

function repeat(call: (stub: DurableObjectStub<Micro>) => Promise<number>): RpcCase {
  return async (stub, n) => {
    let sink = 0;
    for (let i = 0; i < n; i++) sink += await call(stub);
    return sink;
  };
}

const utf8 = new TextEncoder();
const toBuffer = (text: string): ArrayBuffer => new Uint8Array(utf8.encode(text)).buffer;

export const rpcCases: Readonly<Record<string, RpcCase>> = {
  'no argument': repeat((stub) => stub.takeNothing()),
  'plain object': repeat((stub) => stub.takeObject(command)),
  'JSON string': repeat((stub) => stub.takeJson(JSON.stringify(command))),
  'JSON in an ArrayBuffer': repeat((stub) => stub.takeBuffer(toBuffer(JSON.stringify(command)))),
  'fetch with a JSON body': repeat(async (stub) => {
    const answer = await stub.fetch('http://object/', { method: 'POST', body: JSON.stringify(command) });
    return Number(await answer.text());
  }),
};
