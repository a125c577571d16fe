import type { Mail } from "../../verify/mail/mailer.ts";
import type { Post, Posted } from "../../verify/mail/post.ts";

/** Takes mails in, and keeps them for the test. */
export interface FakePost extends Post {
  /** Those that would be sent. */
  readonly mails: readonly Mail[];
  /** All that were posted, also those that nobody would get. */
  readonly posted: readonly Posted[];
}

export function createFakePost(): FakePost {
  const posted: Posted[] = [];
  const mails: Mail[] = [];
  return {
    posted,
    mails,
    refuseWhereFull: () => Promise.resolve(),
    take: (each) => {
      posted.push(each);
      if (each.wanted) mails.push(each.mail);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
