/** What may go wrong right now, and how slow everything is. */
export type Weather = {
  /** Milliseconds that a call, an envelope or a frame takes at most. */
  slowness: number;
  /** Chances that a statement loses its connection, before or after it was carried out. */
  statementLost: number;
  /** That a statement collides with another transaction. */
  collision: number;
  /** That a digest, and any other envelope, is lost on its way to another node, or comes twice. */
  digestLost: number;
  envelopeLost: number;
  envelopeDoubled: number;
  /** That a request over HTTP fails, before or after it was carried out. */
  requestLost: number;
  databaseDown: boolean;
};

export const CALM: Weather = {
  slowness: 5,
  statementLost: 0,
  collision: 0,
  digestLost: 0,
  envelopeLost: 0,
  envelopeDoubled: 0,
  requestLost: 0,
  databaseDown: false,
};
