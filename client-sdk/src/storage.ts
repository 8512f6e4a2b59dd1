/** JSON values under one prefix in localStorage; in memory when storage is denied or full. Never throws. */
export interface Storage {
  get<T>(name: string): T | null;
  /** null removes. */
  set(name: string, value: unknown): void;
  /** Names that begin with `start`. */
  names(start: string): string[];
}

export function createStorage(prefix: string): Storage {
  /** By the whole key, as storage has them. */
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
      const key = prefix + name;
      try {
        return JSON.parse(memory.get(key) ?? denied((local) => local.getItem(key)) ?? 'null');
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      const key = prefix + name;
      const text = value === null ? null : JSON.stringify(value);
      memory.delete(key);
      const stored = denied((local) => {
        if (text === null) local.removeItem(key);
        else local.setItem(key, text);
        return true;
      });
      if (!stored && text !== null) memory.set(key, text);
    },
    names: (start) =>
      [...new Set([...memory.keys(), ...(denied(Object.keys) ?? [])])]
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
  };
}
