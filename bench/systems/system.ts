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

/** How it is to be run. */
export type StartOptions = Setting & {
  /** Where Parley's process opens V8's inspector. */
  inspector?: number | undefined;
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
  start(options: StartOptions, postgres: PostgresServer): Promise<Running>;
}
