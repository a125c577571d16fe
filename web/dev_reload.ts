declare global {
  interface ImportMeta {
    readonly env: { readonly MODE: string };
  }
}

/** Loads the page again when the server has another build than the one this page came from. */
export function startDevReload(): void {
  let shown: string | undefined;
  const source = new EventSource("/dev/reload");
  source.addEventListener("build", (event: MessageEvent<string>) => {
    shown ??= event.data;
    if (event.data !== shown) location.reload();
  });
}
