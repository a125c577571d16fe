import type { JSX } from "preact";
import { BootScreen } from "./components/boot_screen.tsx";
import { Entrance } from "./components/entrance.tsx";
import { Shell } from "./components/shell.tsx";
import { usePage } from "./page_context.ts";

export function Page(): JSX.Element {
  const { session } = usePage();
  switch (session.state.value.name) {
    case "unknown":
      return <BootScreen />;
    case "signed-out":
      return <Entrance />;
    case "signed-in":
      return <Shell />;
  }
}
