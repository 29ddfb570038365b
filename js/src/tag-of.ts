/** What kind of object it is, by its tag: it may come from another realm, of which instanceof knows nothing. */
export const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
