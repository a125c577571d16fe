import { newId } from "../../lib/ids.ts";
import { checkHeaders, type Mail, type Mailer } from "./mailer.ts";

export type Posted = {
  mail: Mail;
  /** For the log, which is told neither what a mail says nor to whom. */
  kind: string;
  /** Milliseconds after which nobody needs it any more. */
  lasts: number;
  /** Whether it is sent: one that is not takes as long here, and tells nobody that it was none. */
  wanted: boolean;
};

/** Takes mails in. */
export interface Post extends AsyncDisposable {
  /** @throws AppError `unavailable` where a code would come too late: to be asked before one is made */
  refuseWhereFull(): Promise<void>;
  /** Resolves when the mail is sure to be sent, or to be given up and logged. */
  take(posted: Posted): Promise<void>;
}

/** Where the mailer takes every mail at once and none can be lost on the way. */
export function createDirectPost(mailer: Mailer): Post {
  return {
    refuseWhereFull: () => Promise.resolve(),
    take: async ({ mail, wanted }) => {
      checkHeaders(mail);
      if (wanted) await mailer.send(mail, newId());
    },
    [Symbol.asyncDispose]: () => mailer[Symbol.asyncDispose](),
  };
}
