import { TouchstoneError } from "../errors.js";
import type { CacheEvent } from "./key-set-cache.js";

/** What can happen to a remote set. */
export type RemoteKeySetEventType =
  /** A set arrived, changed or not. */
  | "fetched"
  /** The provider confirmed the set (304). */
  | "not_modified"
  /** A set came from a snapshot. */
  | "restored"
  /** A fetch failed, and why. */
  | "failed"
  /** An expired set is served; told once until a set arrives. */
  | "served_stale"
  /** A fetch is held back; told once until one starts. */
  | "cooling_down"
  /** A verification was refused for want of keys, and why; told once until a set arrives. */
  | "refused"
  /** A usable key. */
  | "key_appeared"
  /** The key verifies nothing any more. */
  | "key_removed";

/** Told to the listeners of `remote.events`: an Event. */
export interface RemoteKeySetEvent {
  readonly type: RemoteKeySetEventType;
  readonly at: Date;
  /** Of `key_appeared` and `key_removed`; undefined for a key without one, or with one of more than 256 bytes. */
  readonly kid?: string;
  /** Of the same: RFC 7638 with SHA-256. */
  readonly thumbprint?: string;
  /** Of `failed` and `refused`. */
  readonly error?: TouchstoneError;
}

/** An EventTarget, typed. */
export interface RemoteKeySetEvents {
  addEventListener(
    type: RemoteKeySetEventType,
    listener: ((event: RemoteKeySetEvent) => void) | null,
    options?: { once?: boolean; signal?: any },
  ): void;
  removeEventListener(type: RemoteKeySetEventType, listener: ((event: RemoteKeySetEvent) => void) | null): void;
}

/** @internal */
export class CacheEventTold extends Event {
  readonly at: Date;
  readonly kid?: string;
  readonly thumbprint?: string;
  readonly error?: TouchstoneError;

  constructor({ type, at, kid, thumbprint, error }: CacheEvent) {
    super(type);
    this.at = new Date(at * 1000);
    if (kid !== undefined) this.kid = kid;
    if (thumbprint !== undefined) this.thumbprint = thumbprint;
    if (error) this.error = new TouchstoneError(error);
  }
}
