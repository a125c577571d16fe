/** What was filled in besides the address and the code: going back loses nothing. */
export type SignUpAnswers = { displayName: string; username: string; password: string };
