/** Reads the matrix out of the document that it is. */
import { type Kind, KINDS } from "./world.ts";

/** What comes of it for each kind of people. */
export type PeopleRow = {
  readonly name: string;
  readonly what: string;
  readonly cells: Readonly<Record<Kind, string>>;
};

/** What comes of it for everybody who is signed in, and for whoever is not. */
export type AlikeRow = {
  readonly name: string;
  readonly what: string;
  readonly signedIn: string;
  readonly without: string;
};

export type Matrix = { routes: PeopleRow[]; alike: AlikeRow[]; frames: PeopleRow[] };

const DOCUMENT = new URL("../../docs/access.md", import.meta.url);

export async function readMatrix(): Promise<Matrix> {
  return parseMatrix(await Deno.readTextFile(DOCUMENT));
}

/**
 * Tables of other things are passed over: what a table of the matrix lost, the tests miss.
 * @throws where a row has not all of its cells
 */
export function parseMatrix(text: string): Matrix {
  const matrix: Matrix = { routes: [], alike: [], frames: [] };
  const people = KINDS.join();
  let columns: string[] | undefined;
  let last = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) columns = undefined;
    else {
      const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
      const isRule = cells.every((cell) => /^-+$/.test(cell));
      if (columns === undefined) columns = cells;
      else if (!isRule) {
        if (cells.length !== columns.length) throw new Error(`cells are missing: ${line}`);
        const [first = "", what = "", ...rest] = cells;
        // Said once for all rows that follow.
        const name = last = first === "" ? last : first.replaceAll("`", "");
        const [of, , ...kinds] = columns;
        if (kinds.join() === "signed in,not signed in") {
          const [signedIn = "", without = ""] = rest;
          matrix.alike.push({ name, what, signedIn, without });
        } else if (kinds.join() === people && (of === "request" || of === "frame")) {
          const table = of === "frame" ? matrix.frames : matrix.routes;
          const each = KINDS.map((kind, n) => [kind, rest[n] ?? ""]);
          table.push({ name, what, cells: Object.fromEntries(each) as Record<Kind, string> });
        }
      }
    }
  }
  return matrix;
}
