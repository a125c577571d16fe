import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import { LIMITS } from "../protocol/codes.ts";

export const limitBody = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw new AppError("too-large", `a body may have at most ${LIMITS.bodyBytes} bytes`);
  },
});
