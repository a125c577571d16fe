/** What is measured: Parley, and what it is held against. */
import type { PostgresServer } from "../../tests/support/postgres_server.ts";
import type { Address } from "../generator/wire.ts";
import type { Cast, Seating } from "../seed.ts";

export type DatabaseName = "embedded" | "postgresql" | "none";

export type Setting = {
  count: number;
  seating: Seating;
  /** Messages in each log to begin with. */
  length: number;
};

export interface Running extends AsyncDisposable {
  readonly address: Address;
  readonly cast: Cast;
  /** Whether a connection takes a ticket. */
  readonly tickets: boolean;
  /** Its process. */
  readonly pid: number;
}

export interface System {
  readonly name: string;
  readonly database: DatabaseName;
  start(setting: Setting, postgres: PostgresServer): Promise<Running>;
}
