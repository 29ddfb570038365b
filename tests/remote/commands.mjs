// The commands of probe.cpp for the package, wherever it runs.
import { createRemoteKeySet, discover, verify } from "../../dist/index.js";

const eventTypes = [
  "fetched", "not_modified", "restored", "failed", "served_stale", "cooling_down", "refused", "key_appeared", "key_removed",
];

let remote;
let events = [];

function keep(opened) {
  remote = opened;
  for (const type of eventTypes) {
    remote.events.addEventListener(type, ({ at, kid, thumbprint, error }) => {
      events.push({ kind: type, at: at / 1000, kid, thumbprint, reason: error?.reason });
    });
  }
}

const optionsOf = ({ policy = {}, http: { timeout, allowHttp, allowPrivateAddresses } = {} }) =>
  Object.fromEntries(
    Object.entries({ ...policy, timeout, allowHttp, allowPrivateAddresses }).filter(([, value]) => value !== undefined),
  );

const commands = {
  open: (command) => keep(createRemoteKeySet(command.jwksUri, optionsOf(command))),
  async discover(command) {
    keep(await discover(command.issuer, optionsOf(command)));
    const { issuer, jwksUri } = remote.metadata;
    return { metadata: { issuer, jwksUri } };
  },
  async verify({ jwt, options }) {
    await verify(jwt, remote, options);
  },
  reload: () => remote.reload(),
  events() {
    const told = events;
    events = [];
    return { events: told };
  },
  snapshot: () => ({ snapshot: remote.snapshot() ?? null }),
  restore: ({ snapshot }) => remote.restore(snapshot),
};

/** The answer to a command. */
export async function obey(command) {
  const since = performance.now();
  const timed = (answer) => ({ ms: performance.now() - since, ...answer });
  try {
    return timed({ ok: true, ...(await commands[command.op](command)) });
  } catch (error) {
    if (error?.constructor?.name !== "TouchstoneError") throw error;
    const { reason, code, number, section, message, detail } = error;
    return timed({ ok: false, error: { reason, code, number, section, message, ...detail } });
  }
}
