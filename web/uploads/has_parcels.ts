export const UPLOADS_DATABASE = "parley-uploads";

/** Whether this browser has ever kept a message in the making: if not, nothing has to be loaded. */
export async function hasParcels(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === UPLOADS_DATABASE);
  } catch {
    // It cannot say, or has no database at all.
    return typeof indexedDB === "object";
  }
}
