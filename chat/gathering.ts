import { setImmediate } from "node:timers";
import { AppError } from "../lib/errors.ts";
import { pastCollisions } from "../lib/sql/past_collisions.ts";

/** Questions of one statement, and those that may wait for their turn. */
const AT_A_TIME = 500;
const MAX_WAITING = 20_000;

/**
 * Asks by one statement what many ask at the same time: while one runs, the next gathers. What is
 * asked may be asked again without harm.
 * @param ask answers each of `questions`, in their order
 */
export function createGathering<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  type Waiting = { question: Question; answer: PromiseWithResolvers<Answer> };
  let waiting: Waiting[] = [];
  let running = false;

  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, AT_A_TIME);
      waiting = waiting.slice(AT_A_TIME);
      try {
        const answers = await pastCollisions(() => ask(batch.map(({ question }) => question)));
        batch.forEach(({ answer }, index) => answer.resolve(answers[index] as Answer));
      } catch (error) {
        for (const { answer } of batch) answer.reject(error);
      }
    }
    running = false;
  };

  return (question) => {
    if (waiting.length >= MAX_WAITING) {
      const error = new AppError("unavailable", "too many frames are waiting", { retryAfter: 1 });
      return Promise.reject(error);
    }
    const answer = Promise.withResolvers<Answer>();
    waiting.push({ question, answer });
    if (!running) {
      running = true;
      // After the sockets of this turn were read, so that the first batch is a batch as well.
      setImmediate(() => void run());
    }
    return answer.promise;
  };
}
