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
  return {
    get: (name) => {
      const key = prefix + name;
      try {
        return JSON.parse(memory.get(key) ?? localStorage.getItem(key) ?? 'null');
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      const key = prefix + name;
      memory.delete(key);
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
      } catch {
        if (value !== null) memory.set(key, JSON.stringify(value));
      }
    },
    names: (start) => {
      const keys = [...memory.keys()];
      try {
        keys.push(...Object.keys(localStorage));
      } catch {
        // Denied.
      }
      return [...new Set(keys)].filter((key) => key.startsWith(prefix + start)).map((key) => key.slice(prefix.length));
    },
  };
}
