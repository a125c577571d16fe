import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A component that is fetched when it is first shown. Until it has come, which takes a connection,
 * `Wait` stands in its place, or nothing.
 */
export function createLazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Wait?: ComponentType<Props>,
): (props: Props) => JSX.Element | null {
  let loaded: ComponentType<Props> | undefined;
  return (props) => {
    const [Part, setPart] = useState(() => loaded);
    useEffect(() => {
      if (Part !== undefined) return;
      let wanted = true;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const fetch = () =>
        load().then((part) => {
          loaded = part;
          if (wanted) setPart(() => part);
        }, () => {
          if (wanted) timer = setTimeout(fetch, ASK_AGAIN);
        });
      void fetch();
      return () => {
        wanted = false;
        clearTimeout(timer);
      };
    }, []);
    const Shown = Part ?? Wait;
    return Shown === undefined ? null : <Shown {...props} />;
  };
}

const ASK_AGAIN = 3_000;
