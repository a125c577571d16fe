import type { Cases, RouteAsk } from "../ask.ts";
import { conversationRoutes } from "./conversation_routes.ts";
import { fileRoutes } from "./file_routes.ts";
import { ownRoutes } from "./own_routes.ts";
import { peopleRoutes } from "./people_routes.ts";
import { uploadRoutes } from "./upload_routes.ts";

export const routeCases: Cases<RouteAsk> = {
  ...conversationRoutes,
  ...peopleRoutes,
  ...fileRoutes,
  ...uploadRoutes,
  "DELETE /files/:id": { ...fileRoutes["DELETE /files/:id"], ...uploadRoutes["DELETE /files/:id"] },
  ...ownRoutes,
};
