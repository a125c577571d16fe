export type Mail = {
  to: string;
  subject: string;
  text: string;
  /** The verification code in it, for the mailbox of a development server. */
  code?: string;
};

/** Hands mails over for delivery. Resolves when the next hop has taken the mail. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
