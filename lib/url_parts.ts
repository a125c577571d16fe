/** What settings that are addresses say of whom to reach, and as whom. */

/** Whether it is this machine, which no network is on the way to. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Empty where there are none; undefined where they cannot be read. */
export function credentialsOf(url: URL): { name: string; password: string } | undefined {
  try {
    const [name, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return /\p{Cc}/u.test(name + password) ? undefined : { name, password };
  } catch {
    // A percent sign that stands for nothing.
    return undefined;
  }
}
