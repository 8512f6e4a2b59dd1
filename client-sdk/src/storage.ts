/** JSON values under one prefix in localStorage; in memory when storage is denied or full. Never throws. */
export interface Storage {
  get<T>(name: string): T | null;
  /** null removes. */
  set(name: string, value: unknown): void;
  /** Names that begin with `start`. */
  names(start: string): string[];
}

export function createStorage(prefix: string): Storage {
  const memory = new Map<string, string>();
  const denied = <T>(use: (local: typeof localStorage) => T): T | undefined => {
    try {
      return use(localStorage);
    } catch {
      return undefined;
    }
  };
  return {
    get: (name) => {
      try {
        return JSON.parse(memory.get(name) ?? denied((local) => local.getItem(prefix + name)) ?? 'null');
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      const text = value === null ? null : JSON.stringify(value);
      memory.delete(name);
      const stored = denied((local) => {
        if (text === null) local.removeItem(prefix + name);
        else local.setItem(prefix + name, text);
        return true;
      });
      if (!stored && text !== null) memory.set(name, text);
    },
    names: (start) =>
      [
        ...new Set([
          ...memory.keys(),
          ...(denied((local) => Object.keys(local)) ?? []).map((key) =>
            key.startsWith(prefix) ? key.slice(prefix.length) : '',
          ),
        ]),
      ].filter((name) => name.startsWith(start)),
  };
}
