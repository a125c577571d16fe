/** Named events with one kind of detail each. */
export interface Events<Details> {
  on<K extends keyof Details>(event: K, listener: (detail: Details[K]) => void): () => void;
  emit<K extends keyof Details>(event: K, detail: Details[K]): void;
}

export function createEvents<Details>(): Events<Details> {
  const listeners = new Map<keyof Details, Set<(detail: never) => void>>();
  return {
    on: (event, listener) => {
      const own = listeners.get(event) ?? new Set();
      listeners.set(event, own.add(listener));
      return () => void own.delete(listener);
    },
    emit: (event, detail) => {
      for (const listener of [...listeners.get(event) ?? []]) listener(detail as never);
    },
  };
}
