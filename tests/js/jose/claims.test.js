import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { claims, now } from "../support.mjs";
import { agree, at, jose, jwkOf, jwsOf, ours, outcome } from "./support.mjs";

const options = { issuer: claims.iss, subject: claims.sub, audience: claims.aud, typ: "JWT", requiredClaims: ["x",
  "y"], maxTokenAge: 60 };
const good = { ...claims, nbf: now - 10, x: 1, y: 2 };

const wrongTypes = [null, true, {}, [], [1], "1794700000", ""];
const verifying = (payload, checks, header) => {
  const token = jwsOf("ES256", payload, header);
  return (m) => m.jwtVerify(token, jwkOf("ES256"), at(checks));
};

describe("one claim that is wrong", () => {
  agree("none is", verifying(good, options), "accepted");
  for (const claim of ["exp", "nbf", "iat"]) {
    for (const value of wrongTypes) {
      agree(`${claim}: ${JSON.stringify(value)}`, verifying({ ...good, [claim]: value }, options),
        "ERR_JWT_CLAIM_VALIDATION_FAILED");
    }
    for (const offset of [-1e9, -3600, -60, -59, -1, 0, 1, 60, 3600, 1e9, 0.5, -0.5]) {
      agree(`${claim} ${offset} s from now`, verifying({ ...good, [claim]: now + offset }, options));
    }
    for (const value of [0, -1, 1.5, -1e15]) {
      agree(`${claim}: ${value}`, verifying({ ...good, [claim]: value }, options));
    }
  }
  for (const claim of ["iss", "sub", "aud"]) {
    for (const value of [...wrongTypes, 1, "x", [claims[claim], 1].slice(1)]) {
      agree(`${claim}: ${JSON.stringify(value)}`, verifying({ ...good, [claim]: value }, options),
        "ERR_JWT_CLAIM_VALIDATION_FAILED");
    }
  }
  for (const claim of Object.keys(good)) {
    const { [claim]: _, ...without } = good;
    agree(`no ${claim}`, verifying(without, options));
  }
  for (const payload of ["", "null", "1", '"x"', "[]", "[{}]", "{", "{}x", " {} ", "{'a':1}",
    new Uint8Array([0x7b, 0xff, 0x7d])]) {
    agree(`a payload ${JSON.stringify(String(payload))}`, verifying(payload, {}));
  }
});

/** One fault each; `type` for those that Touchstone looks for before all others. */
const faults = {
  typ: { header: { typ: "x" } },
  "iss missing": { claims: { iss: undefined } },
  "sub missing": { claims: { sub: undefined } },
  "aud missing": { claims: { aud: undefined } },
  "iat missing": { claims: { iat: undefined } },
  "x missing": { claims: { x: undefined } },
  "y missing": { claims: { y: undefined } },
  "iss wrong": { claims: { iss: "x" } },
  "sub wrong": { claims: { sub: "x" } },
  "aud wrong": { claims: { aud: "x" } },
  expired: { claims: { exp: now } },
  "not active": { claims: { nbf: now + 1 } },
  "too old": { claims: { iat: now - 61 } },
  "from the future": { claims: { iat: now + 1 } },
  "iat of a wrong type": { claims: { iat: "1" }, type: true },
  "nbf of a wrong type": { claims: { nbf: "1" }, type: true },
  "exp of a wrong type": { claims: { exp: "1" }, type: true },
};

describe("two claims that are wrong: the error is about the same one", () => {
  const names = Object.keys(faults);
  const both = (a, b) => verifying({ ...good, ...faults[a].claims, ...faults[b].claims }, options,
    { ...faults[a].header, ...faults[b].header });
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const isSameClaim = Object.keys(faults[a].claims ?? {}).some((claim) => claim in (faults[b].claims ?? {}));
      if (isSameClaim) continue;
      const isInAnotherOrder = faults[a].type || faults[b].type || (a === "expired" && b === "not active");
      if (!isInAnotherOrder) {
        agree(`${a}, ${b}`, both(a, b));
        continue;
      }
      // On the migration page: types come first, and exp before nbf. It is still one of the two.
      test(`${a}, ${b}`, async () => {
        const call = both(a, b);
        const [mine, theirs] = [await outcome(call, ours), await outcome(call, jose)];
        const about = ({ error: { code, claim, reason } }) => ({ code, claim, reason });
        const candidates = [about(await outcome(both(a, a), jose)), about(await outcome(both(b, b), jose))];
        assert.ok(candidates.some((one) => JSON.stringify(one) === JSON.stringify(about(mine))),
          JSON.stringify(about(mine)));
        assert.ok(theirs.error);
      });
    }
  }
});

describe("the error of a claim", () => {
  const refused = async (m, payload, checks) => m.jwtVerify(jwsOf("ES256", payload), jwkOf("ES256"),
    at(checks)).then(assert.fail, (error) => error);

  test("has the claims set, but not where a log would find it", async () => {
    const error = await refused(ours, good, { issuer: "x" });
    assert.deepEqual(error.payload, good);
    assert.deepEqual(error.cause.payload, good);
    assert.doesNotMatch(JSON.stringify(error) + (await import("node:util")).inspect(error), /ada/);
  });

  test("JWTExpired is no JWTClaimValidationFailed", async () => {
    for (const m of [ours, jose]) {
      const error = await refused(m, { exp: 1 }, {});
      assert.ok(error instanceof m.errors.JWTExpired && !(error instanceof m.errors.JWTClaimValidationFailed));
    }
  });

  test("no claims before the signature", async () => {
    const [header, , signature] = jwsOf("ES256", { exp: 1 }).split(".");
    const other = `${header}.e30.${signature}`;
    for (const m of [ours, jose]) {
      const error = await m.jwtVerify(other, jwkOf("ES256"), at({ issuer: "x" })).then(assert.fail, (one) => one);
      assert.equal(error.code, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
      assert.equal(error.payload, undefined);
    }
  });
});
