// What the tests look into, in the one copy that the entries share: no part of the interface.
export { HttpGetError, httpGet } from "./http-get.js";
export { core } from "./instance.js";
export { remoteKeys } from "./remote-keys.js";
export { fetchMetadata } from "./remote/discovery.js";
export { KeySetCache } from "./remote/key-set-cache.js";
