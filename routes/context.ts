import type { Announcer } from "../lib/bus/announcer.ts";
import type { Bus } from "../lib/bus/bus.ts";
import type { ClientAddress } from "../lib/client_address.ts";
import type { Clock } from "../lib/clock.ts";
import type { Config } from "../lib/config.ts";
import type { ObjectStore } from "../lib/files/object_store.ts";
import type { Previews } from "../lib/previews/previews.ts";
import type { Uploads } from "../lib/files/uploads/uploads.ts";
import type { Log } from "../lib/log.ts";
import type { AllowOrigin } from "../lib/origins.ts";
import type { Passwords } from "../lib/passwords.ts";
import type { Database, Sql } from "../lib/sql/open.ts";
import type { Access, Tokens } from "../lib/tokens.ts";
import type { Status } from "../status/service.ts";
import type { LocalLimits } from "../verify/local_limits.ts";
import type { SignIns } from "../verify/sign_ins.ts";
import type { Verify } from "../verify/service.ts";
import type { FailedSignIns } from "./failed_sign_ins.ts";

/** What the routes are built from. */
export type Gate = {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly sql: Sql;
  readonly bus: Bus;
  readonly files: ObjectStore;
  readonly uploads: Uploads;
  readonly previews: Previews;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly verify: Verify;
  readonly limits: LocalLimits;
  readonly signIns: SignIns;
  readonly failedSignIns: FailedSignIns;
  readonly status: Status;
  readonly allowOrigin: AllowOrigin;
  readonly clientAddress: ClientAddress;
  readonly version: string;
  /** The folder of the built page. */
  readonly page: URL;
};

/** What the server and the middleware leave on a request. */
export type Env = {
  Bindings: {
    incoming: {
      socket: { remoteAddress?: string; destroyed?: boolean };
      /** The body as it comes, and no faster than it is taken. */
      iterator(options: { destroyOnReturn: boolean }): AsyncIterable<Uint8Array<ArrayBuffer>>;
    };
    outgoing: { destroy(): void };
  };
  Variables: { access: Access };
};
