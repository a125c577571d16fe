/** Publishers that are remembered: those of a large cluster, many times over. */
const REMEMBERED = 1_000;

/**
 * Tells the first copy of a numbered envelope from the others. Those of one publisher come in order,
 * so a number that is not above the last is a copy, or one that is too late to matter.
 */
export function createCopies(): (publisher: string, number: number) => boolean {
  // A Map keeps its order of insertion: who was heard last is at its end.
  const last = new Map<string, number>();
  return (publisher, number) => {
    const before = last.get(publisher);
    if (before !== undefined && number <= before) return false;
    last.delete(publisher);
    last.set(publisher, number);
    if (last.size > REMEMBERED) {
      for (const oldest of last.keys()) {
        last.delete(oldest);
        break;
      }
    }
    return true;
  };
}
