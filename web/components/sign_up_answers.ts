/** What was filled in, over all steps: going back loses nothing. */
export type SignUpAnswers = {
  email: string;
  code: string;
  displayName: string;
  username: string;
  password: string;
};
