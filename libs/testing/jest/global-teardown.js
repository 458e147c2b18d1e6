/** Stops the servers that the set-up of this run started. */
export default async function tearDown() {
  await globalThis.ponteTestServers?.stop();
}
