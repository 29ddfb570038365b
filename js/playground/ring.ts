// An issuer's key ring, as `touchstone keys` keeps it: its public facts, and which key is in which state when. What
// is planned follows core's rotate(), whose C++ would be heavier than the page may become; tests/issuer/timelines.json
// holds both to the same answers.
import { parseObject } from "./paste.js";

type Json = Record<string, unknown>;

export interface Span {
  /** "published" is what a set says: it does not tell which key signs. */
  readonly state: "pending" | "active" | "retiring" | "published";
  readonly from: number;
  /** Absent: beyond the end of the timeline, or not known. */
  to?: number;
  readonly planned: boolean;
}
export interface Row {
  readonly kid: string;
  readonly alg: string;
  readonly planned: boolean;
  readonly spans: Span[];
}
/** As of timeline_json() in C++. Times in seconds since 1970. */
export interface Timeline {
  readonly from: number;
  readonly now: number;
  readonly next?: number;
  readonly until: number;
  readonly keys: Row[];
}

interface Key {
  kid: string;
  readonly alg: string;
  readonly bits?: number | undefined;
  state: "pending" | "active" | "retiring";
  readonly publishedAt: number;
  usableFrom: number;
  activatedAt?: number;
  retiredAt?: number;
  removeAt?: number;
  readonly signatures: number;
  longestTokenLifetime: number;
  readonly isDue?: boolean;
}

export interface Policy {
  readonly alg: string;
  readonly rsaBits: number;
  readonly rotateEvery: number;
  readonly publishAhead: number;
  readonly retain: number;
  readonly maxSignatures: number;
  readonly cacheLifetime: number;
  readonly clientGrace: number;
  readonly tokenLifetime: number;
  readonly clockSkew: number;
  readonly propagation: number;
  readonly publishFirst: boolean;
}

export interface Ring {
  readonly policy?: Policy | undefined;
  readonly cacheLifetime: number;
  readonly copiesUntil: number;
  readonly keys: readonly Key[];
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
const isTime = (value: unknown): value is number => typeof value === "number" && Math.abs(value) <= 1e11;
const bareRing = ({ keys }: Json): boolean => Array.isArray(keys) && keys.length > 0 && keys.every((key) => isObject(key) && isObject(key["jwk"]));

/** Whether it is a ring, alone or as a store has it: `{"policy", "ring"}`. */
export const isRing = (object: Json | undefined): boolean =>
  object !== undefined && (isObject(object["ring"]) ? Array.isArray(object["ring"]["keys"]) : bareRing(object));

const publicMembers = ["kty", "crv", "n", "e", "x", "y", "alg", "use", "kid"];
const only = (object: Json, names: string[]): Json => Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));

const ringOf = (object: Json): Json => (isObject(object["ring"]) ? object["ring"] : object);
const keysOf = (object: Json) => ringOf(object)["keys"] as unknown[];
const jwkOf = (key: unknown): Json => (isObject(key) && isObject(key["jwk"]) ? key["jwk"] : {});

/** The ring's text without what is secret; the same text when nothing is. */
export function withoutSecrets(text: string): string {
  const object = parseObject(text)!;
  const before = JSON.stringify(object);
  for (const key of keysOf(object)) if (isObject(key)) key["jwk"] = only(jwkOf(key), publicMembers);
  return JSON.stringify(object) === before ? text : JSON.stringify(object, null, 2);
}

/** The JWK Set that a ring publishes. */
export const setOf = (text: string): string =>
  JSON.stringify({ keys: keysOf(parseObject(text)!).map((key) => only(jwkOf(key), publicMembers)).filter(({ kty }) => kty !== "oct") });

const required: Record<string, number> = { pending: 3, active: 4, retiring: 6 };
const times = ["publishedAt", "usableFrom", "longestTokenLifetime", "activatedAt", "retiredAt", "removeAt"];
const durations = ["rotateEvery", "publishAhead", "retain", "cacheLifetime", "clientGrace", "tokenLifetime", "clockSkew", "propagation"];

/** The ring's facts; undefined when they are not what a ring has. */
export function readRing(text: string): Ring | undefined {
  const object = parseObject(text)!;
  const ring = ringOf(object);
  const { cacheLifetime, copiesUntil } = ring;
  if (!isTime(cacheLifetime) || !isTime(copiesUntil)) return undefined;
  const keys: Key[] = [];
  for (const key of keysOf(object).slice(0, 256)) {
    if (!isObject(key)) return undefined;
    const names = times.slice(0, required[`${key["state"]}`] ?? 0);
    const { kid, alg, n } = jwkOf(key);
    if (!names[0] || typeof kid !== "string" || typeof alg !== "string") return undefined;
    if (!names.every((name) => isTime(key[name])) || typeof key["signatures"] !== "number") return undefined;
    const bits = typeof n === "string" ? Math.floor((n.length * 3) / 4) * 8 : undefined;
    keys.push({ ...only(key, [...names, "state", "signatures", "isDue"]), kid, alg, bits } as unknown as Key);
  }
  const policy = object["policy"];
  const isPolicy = isObject(policy) && durations.every((name) => isTime(policy[name]) && policy[name] >= 0) &&
    typeof policy["maxSignatures"] === "number" && policy["rotateEvery"]! > policy["publishAhead"]!;
  return { policy: isPolicy ? (policy as unknown as Policy) : undefined, cacheLifetime, copiesUntil, keys };
}

/** One call of rotate(), with keys that are none. */
function rotate({ keys: before, cacheLifetime, copiesUntil }: Ring, policy: Policy, now: number, made: () => string): { ring: Ring; next: number } {
  let keys = before.map((key) => ({ ...key }));
  const find = (state: string) => keys.find((key) => key.state === state);
  const { publishAhead, rotateEvery, clientGrace, propagation, clockSkew, tokenLifetime } = policy;
  if (policy.cacheLifetime < cacheLifetime && keys.length > 0)
    copiesUntil = Math.max(copiesUntil, now + (cacheLifetime + clientGrace + propagation + clockSkew));
  let active = find("active");
  if (active) active.longestTokenLifetime = Math.max(active.longestTokenLifetime, tokenLifetime);
  let pending = find("pending");
  if (pending) pending.usableFrom = Math.max(pending.usableFrom, pending.publishedAt + publishAhead);
  keys = keys.filter(({ removeAt = Infinity }) => removeAt > now);
  if (pending && (pending.alg !== policy.alg || (pending.bits !== undefined && pending.bits !== policy.rsaBits))) {
    keys = keys.filter((key) => key !== pending);
    pending = undefined;
  }
  const hasMade = ({ signatures }: Key, quarters: number) => signatures >= Math.floor(policy.maxSignatures / 4) * quarters;
  const dueAt = (key: Key) => (key.isDue || hasMade(key, 3) ? -Infinity : key.activatedAt! + rotateEvery);
  const handOver = () => {
    if (!pending || now < pending.usableFrom || (active && now < dueAt(active))) return;
    if (active) {
      const needed = active.longestTokenLifetime + clockSkew + propagation;
      Object.assign(active, { state: "retiring", retiredAt: now, removeAt: now + Math.max(policy.retain, needed) });
    }
    active = Object.assign(pending, { state: "active", activatedAt: now, longestTokenLifetime: tokenLifetime });
    pending = undefined;
  };
  handOver();
  if (!pending && (!active || active.isDue || hasMade(active, 2) || now >= active.activatedAt! + rotateEvery - publishAhead)) {
    const usableFrom = before.length === 0 && !policy.publishFirst ? now : Math.max(now + publishAhead, copiesUntil);
    pending = { kid: made(), alg: policy.alg, state: "pending", publishedAt: now, usableFrom, signatures: 0, longestTokenLifetime: 0 };
    keys.push(pending);
    handOver();
  }
  const due = active ? dueAt(active) : -Infinity;
  const change = pending ? Math.max(pending.usableFrom, due) : due - publishAhead;
  const next = Math.min(change, ...keys.map(({ removeAt = Infinity }) => removeAt));
  return { ring: { policy, cacheLifetime: policy.cacheLifetime, copiesUntil, keys }, next };
}

/** What a ring tells of its past and, by its policy, of what is planned; as timeline() in C++. */
export function timelineOf(ring: Ring, now: number, until?: number): Timeline {
  const { policy } = ring;
  const rows = ring.keys.map((key): Row => {
    const { publishedAt, activatedAt, retiredAt } = key;
    const spans: Span[] = [{ state: "pending", from: publishedAt, to: activatedAt!, planned: false }];
    if (activatedAt !== undefined) spans.push({ state: "active", from: activatedAt, to: retiredAt!, planned: false });
    if (retiredAt !== undefined) spans.push({ state: "retiring", from: retiredAt, planned: false });
    const last = spans.at(-1)!;
    last.to = Math.max(last.from, now);
    return { kid: key.kid, alg: key.alg, planned: false, spans: [...spans, { state: last.state, from: last.to, planned: true }] };
  });
  const change = (keys: readonly Key[], time: number) => {
    let isChanged = false;
    for (const { kid, spans } of rows) {
      const last = spans.at(-1)!;
      const key = keys.find((each) => each.kid === kid);
      if (last.to !== undefined || key?.state === last.state) continue;
      isChanged = true;
      last.to = Math.max(time, last.from);
      if (key) spans.push({ state: key.state, from: time, planned: true });
    }
    for (const { kid, alg, state } of keys)
      if (!rows.some((row) => row.kid === kid)) isChanged = rows.push({ kid, alg, planned: true, spans: [{ state, from: time, planned: true }] }) > 0;
    return isChanged;
  };
  let next: number | undefined;
  let end = now;
  if (policy) {
    end = Math.max(now, until ?? now + 2 * policy.rotateEvery);
    let made = 0;
    for (let at = ring, time = now; ; ) {
      const stepped = rotate(at, policy, time, () => `\n${++made}`);
      const isDue = change(stepped.ring.keys, time);
      next ??= isDue ? now : stepped.next;
      if (stepped.next > end) break;
      if (made >= 256 || stepped.next <= time) {
        end = time;
        break;
      }
      at = stepped.ring;
      time = stepped.next;
    }
  } else {
    // Without a policy there is no more than what is fixed already: when a key goes.
    for (const [index, { removeAt = now }] of ring.keys.entries()) {
      rows[index]!.spans.at(-1)!.to = removeAt;
      end = Math.max(end, removeAt);
    }
  }
  let planned = 0;
  const keys = rows
    .map((row) => ({
      ...row,
      kid: row.planned ? `planned ${++planned}` : row.kid,
      spans: row.spans.filter(({ from, to = Infinity }) => to > from),
    }))
    .filter(({ spans }) => spans.length > 0);
  const from = Math.min(now, ...keys.filter((row) => !row.planned).map(({ spans }) => spans[0]!.from));
  return { from, now, ...(next === undefined ? {} : { next }), until: end, keys };
}

/** What a published set tells: the times that its keys have, if any. Undefined when none has one. */
export function timelineOfSet(text: string, now: number): Timeline | undefined {
  const object = parseObject(text);
  const given = Array.isArray(object?.["keys"]) ? object["keys"] : [object];
  const keys = given.filter(isObject).slice(0, 256).map((key): Row => {
    const revoked = isObject(key["revoked"]) ? key["revoked"]["revoked_at"] : key["revoked"];
    const from = [key["nbf"], key["iat"]].find(isTime);
    const to = [revoked, key["exp"]].find(isTime);
    const begin = from ?? (to === undefined ? now : Math.min(to, now));
    const spans: Span[] = from === undefined && to === undefined ? [] : [{ state: "published", from: begin, ...(to === undefined ? {} : { to }), planned: false }];
    return { kid: `${key["kid"] ?? "without kid"}`, alg: `${key["alg"] ?? key["kty"] ?? ""}`, planned: false, spans };
  });
  const times = keys.flatMap(({ spans }) => spans.flatMap(({ from, to = from }) => [from, to]));
  return times.length === 0 ? undefined : { from: Math.min(now, ...times), now, until: Math.max(now, ...times), keys };
}
