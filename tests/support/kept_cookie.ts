/** As a browser does: the refresh token is in a cookie, and each use brings another one. */
export function keepCookie(refreshToken: string, send: typeof fetch): typeof fetch {
  let cookie = `parley-refresh=${refreshToken}`;
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("cookie", cookie);
    const answer = await send(input, { ...init, headers });
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(";")[0] ?? cookie;
    return answer;
  };
}
