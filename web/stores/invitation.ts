/** Remembers whether somebody came by an invitation before they were signed in. */
export type InvitationStore = {
  /** It was opened by somebody who is not signed in: signing in is how they accept it. */
  await(token: string): void;
  /** Whether that was so. Only the first question is answered by yes. */
  take(token: string): boolean;
};

export function createInvitationStore(): InvitationStore {
  let awaited: string | undefined;
  return {
    await(token) {
      awaited = token;
    },
    take(token) {
      if (awaited !== token) return false;
      awaited = undefined;
      return true;
    },
  };
}
