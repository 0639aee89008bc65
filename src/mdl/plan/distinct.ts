/** A list in which equal values are kept once; `add` answers their index. */
export interface Distinct<T> {
  add(item: T): number;
  readonly items: readonly T[];
}

export function createDistinct<T>(): Distinct<T> {
  const items: T[] = [];
  const indexes = new Map<string, number>();
  return {
    items,
    add(item) {
      const key = JSON.stringify(item);
      const known = indexes.get(key);
      if (known !== undefined) return known;
      indexes.set(key, items.length);
      return items.push(item) - 1;
    },
  };
}
