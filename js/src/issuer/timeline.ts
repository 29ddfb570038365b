import { heldOf, type KeyRing } from "./key-ring.js";
import { refuseOption } from "./instance.js";
import { dateOf, optionMembers, optionsText, secondsOf } from "./options.js";
import type { RotationPolicy, Timeline, TimelineOptions } from "./types.js";

/**
 * Which key is in which state when: what was by the ring, what is planned by the policy. A ring remembers no key that
 * is gone; a cap on signatures, a revocation and `retireEarly()` change the plan. Nothing secret is in it.
 *
 * Errors: `option_invalid`, `ring_too_large`.
 */
export function timeline(ring: KeyRing, policy?: RotationPolicy, options?: TimelineOptions): Timeline {
  const { now, until } = optionMembers("options", options);
  const { core, address } = heldOf(ring);
  const [text, seconds, end] = [optionsText("policy", policy), secondsOf(now), endOf(until)];
  const answer = core.call((wasm, ...at) => wasm.bridge_timeline(...at, address, seconds, end), text);
  return JSON.parse(answer.text, (name, value) => (times.includes(name) ? dateOf(value) : value));
}

/** The same as an SVG document: for light and dark, and with all that it shows in words. Dates are in UTC. */
export function timelineSvg(ring: KeyRing, policy?: RotationPolicy, options?: TimelineOptions & { width?: number }): string {
  const { now, until, width = 960 } = optionMembers("options", options);
  if (!Number.isInteger(width) || width < 320 || width > 10_000) refuseOption("width");
  const { core, address } = heldOf(ring);
  const [text, seconds, end] = [optionsText("policy", policy), secondsOf(now), endOf(until)];
  return core.call((wasm, ...at) => wasm.bridge_timeline_svg(...at, address, seconds, end, width), text).text;
}

const times = ["from", "now", "next", "until", "to"];
const endOf = (until: Date | undefined): number => (until === undefined ? NaN : secondsOf(until));
