// The scenarios of tests/vectors/remote, which the C++ tests run too: the same policy by the same core.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import "touchstone";
import { core, KeySetCache } from "../../dist/internals.js";
import { base64url, fileOf, json, read } from "./support.mjs";

const folder = "tests/vectors/remote/";
const keys = JSON.parse(read(`${folder}keys.json`));
const setText = (names) => JSON.stringify({ keys: names.map((name) => keys[name]) });
const tokenWith = (kid) => `${json({ alg: "ES256", ...(kid === null ? {} : { kid }) })}.e30.${base64url("")}`;

const described = ({ reason, detail }) => (detail?.member ? `${reason} ${detail.member}` : reason);

/** What a call gives, or the error that it throws. */
function outcomeOf(call) {
  try {
    return { value: call() };
  } catch (error) {
    if (error?.constructor?.name !== "TouchstoneError") throw error;
    return { error };
  }
}

class Player {
  constructor({ policy = {} }) {
    this.policy = policy;
    this.restart();
  }

  restart() {
    this.cache = new KeySetCache(this.policy);
    this.generation = 0;
  }

  play(step) {
    const { at, event, random = 0 } = step;
    const { random: real } = Math;
    Math.random = () => random;
    try {
      this.judge(step, this[event.replace(" ", "_")](step, at));
    } finally {
      Math.random = real;
    }
  }

  request = (_, at) => this.decide(() => this.cache.request(at));
  reload = (_, at) => this.decide(() => this.cache.reload(at));
  missing = ({ kid, generation = this.generation }, at) =>
    this.decide(() => this.cache.missing(tokenWith(kid), generation, at));

  response({ status, fields, set, body = "", number = this.fetch }, at) {
    const bytes = new TextEncoder().encode(set ? setText(set) : body);
    return this.accept(() => this.cache.response(number, { status, fields, body: bytes }, at));
  }

  failure({ reason, number = this.fetch }, at) {
    this.cache.failure(number, core().error(reason), at);
  }

  events() {
    return this.cache.takeEvents().map(({ type, kid, error }) => [type, kid, error && described({ ...error, detail: error })].filter(Boolean).join(" "));
  }

  times = () => this.cache.times();
  snapshot() {
    this.kept = this.cache.snapshot();
    return this.kept === undefined ? "none" : "text";
  }
  restore = (_, at) => this.accept(() => this.cache.restore(this.kept ?? "", at));
  restore_instead = ({ number = this.fetch }, at) =>
    this.accept(() => this.cache.restoreInstead(number, this.kept ?? "", at));

  accept(call) {
    const { error } = outcomeOf(call);
    return error ? described(error) : "accepted";
  }

  decide(ask) {
    const { value, error } = outcomeOf(ask);
    this.decision = value;
    if (error) return `refuse ${described(error)}`;
    const { served, fetch } = value;
    if (served) this.generation = served.generation;
    if (fetch) this.fetch = fetch.number;
    return `${served ? "serve" : "wait"}${fetch ? ", fetch" : ""}`;
  }

  judge(step, answer) {
    const { expect, serves, fetchFields, generation, event } = step;
    if (expect !== undefined) assert.deepEqual(answer, expect);
    if (serves) assert.deepEqual(this.decision.served.keySet.describe().keys.map(({ kid }) => kid), serves);
    if (generation !== undefined && event !== "missing") assert.equal(this.decision.served.generation, generation);
    if (fetchFields) assert.deepEqual(this.decision.fetch.fields.slice(1), fetchFields);
  }
}

for (const file of readdirSync(fileOf(folder)).filter((name) => name !== "keys.json")) {
  describe(`remote scenarios: ${file}`, () => {
    for (const scenario of JSON.parse(read(folder + file))) {
      test(scenario.name, () => {
        const player = new Player(scenario);
        for (const [position, step] of scenario.steps.entries()) {
          try {
            player.play(step);
          } catch (error) {
            error.message = `step ${position} ${JSON.stringify(step)}: ${error.message}`;
            throw error;
          }
        }
      });
    }
  });
}
