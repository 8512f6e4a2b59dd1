type Call = [args: unknown[], settle: (value?: unknown) => void];
interface StubFunction {
  (...args: unknown[]): Promise<unknown>;
  q: { push(call: Call): unknown };
  p?: { createScriptURL(url: string): string } | undefined;
}
interface StubWindow {
  selvedge?: StubFunction;
  trustedTypes?: { createPolicy(name: string, rules: object): NonNullable<StubFunction['p']> };
}

/** Queues calls until sdk.js is there; when it never comes, they settle with undefined. Never throws. */
((page: StubWindow, document: Document) => {
  if (page.selvedge) return;
  const queue: Call[] = [];
  const stub = ((...args) => new Promise((settle) => stub.q.push([args, settle]))) as StubFunction;
  const fail = (): void => {
    const settle = (call: Call): void => call[1]();
    queue.forEach(settle);
    stub.q = { push: settle };
  };
  stub.q = queue;
  page.selvedge = stub;
  try {
    const url = document.currentScript?.dataset.src || '/sdk.js';
    const script = document.createElement('script');
    stub.p = page.trustedTypes?.createPolicy('selvedge', {
      createHTML: (text: string) => text,
      createScriptURL: () => url,
    });
    script.src = stub.p ? stub.p.createScriptURL('') : url;
    script.onerror = fail;
    // Blockers answer with nothing: a file that came and left the stub in place has failed, too.
    script.onload = () => page.selvedge === stub && fail();
    document.head.append(script);
  } catch {
    fail();
  }
})(window as unknown as StubWindow, document);
