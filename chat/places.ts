/** Lets each have only so many of something at a time. */
export interface Places {
  /** One more; the answer gives it back. Undefined where `who` has all that one may have. */
  take(who: string): (() => void) | undefined;
}

export function createPlaces(most: number): Places {
  const taken = new Map<string, number>();
  return {
    take: (who) => {
      const count = taken.get(who) ?? 0;
      if (count >= most) return undefined;
      taken.set(who, count + 1);
      let given = true;
      return () => {
        if (!given) return;
        given = false;
        const left = (taken.get(who) ?? 1) - 1;
        if (left === 0) taken.delete(who);
        else taken.set(who, left);
      };
    },
  };
}
