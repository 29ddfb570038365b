// The peers by their file's name. One that cannot be loaded is told as a gap.
export const hotPeers = [
  "touchstone",
  "jose",
  "fast-jwt",
  "jsonwebtoken",
  "aws-jwt-verify",
  "node-crypto",
];
export const cachedPeers = ["touchstone", "touchstone-cached", "fast-jwt", "fast-jwt-cached"];

/** `{ name, peer }`, or `{ name, gap }` with the reason. */
export async function load(file) {
  try {
    const peer = await import(`./${file}.mjs`);
    return { name: peer.name, peer };
  } catch (error) {
    return { name: file, gap: reasonOf(error) };
  }
}

/** One line, and nothing of the machine's folders. */
export function reasonOf(error) {
  const line = String(error?.message ?? error).split("\n")[0];
  return line.replaceAll(/(file:\/\/)?(\/[\w.@+-]+){2,}\//g, "").slice(0, 160);
}
