import { describe } from "node:test";
import { claims, now } from "../support.mjs";
import { agree, at, jwkOf, jwsOf } from "./support.mjs";

const verifying = (options, payload = claims, header = {}) => {
  const token = jwsOf("ES256", payload, header);
  return (m) => m.jwtVerify(token, jwkOf("ES256"), at(options));
};
const ok = "accepted";
const failed = "ERR_JWT_CLAIM_VALIDATION_FAILED";
const expired = "ERR_JWT_EXPIRED";

describe("algorithms", () => {
  for (const [algorithms, expected] of [
    [undefined, ok],
    [["ES256"], ok],
    [["RS256", "ES256", "HS256"], ok],
    [["no such name", "ES256"], ok],
    [["RS256"], "ERR_JOSE_ALG_NOT_ALLOWED"],
    [["HS256"], "ERR_JOSE_ALG_NOT_ALLOWED"],
    [["no such name"], "ERR_JOSE_ALG_NOT_ALLOWED"],
    [["toString", "__proto__"], "ERR_JOSE_ALG_NOT_ALLOWED"],
    [[], "ERR_JOSE_ALG_NOT_ALLOWED"],
    [null, "TypeError"],
    ["ES256", "TypeError"],
    [[1], "TypeError"],
    [new Set(["ES256"]), "TypeError"],
  ]) {
    agree(JSON.stringify(algorithms) ?? "undefined", verifying({ algorithms }), expected);
  }
  for (const alg of ["none", "ES256K1", "toString", "A128KW"]) {
    for (const algorithms of [undefined, ["ES256"], [alg]]) {
      agree(`a token of alg ${JSON.stringify(alg)}, ${JSON.stringify(algorithms)}`, verifying({ algorithms },
        claims, { alg }));
    }
  }
});

describe("issuer, subject, audience", () => {
  const { iss, sub, aud, ...others } = claims;
  for (const [claim, option] of [["iss", "issuer"], ["sub", "subject"], ["aud", "audience"]]) {
    const right = claims[claim];
    const lists = option === "subject" ? [] : [[right], ["x", right], [right, right]];
    for (const value of [undefined, right, ...lists]) {
      agree(`${option} ${JSON.stringify(value)}`, verifying({ [option]: value }), ok);
    }
    const wrongLists = option === "subject" ? [] : [["x"], ["x", "y"], [`${right}/`]];
    for (const value of ["x", "", right.toUpperCase() + "x", right.slice(1), ...wrongLists]) {
      agree(`${option} ${JSON.stringify(value)}`, verifying({ [option]: value }), failed);
      agree(`${option} ${JSON.stringify(value)}, and the claim is missing`, verifying({ [option]: value }, others),
        failed);
    }
  }
  for (const tokens of [["api"], ["x", "api"], ["x"], [], ["API"], "x", ""]) {
    for (const audience of ["api", ["api"], ["y", "api"], ["y"]]) {
      agree(`aud ${JSON.stringify(tokens)}, audience ${JSON.stringify(audience)}`, verifying({ audience },
        { ...claims, aud: tokens }));
    }
  }
});

describe("typ", () => {
  const types = ["JWT", "jwt", "application/jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT",
    "a/b", ""];
  for (const typ of [...types, undefined]) {
    for (const expected of types) {
      agree(`${JSON.stringify(typ)}, expected ${JSON.stringify(expected)}`, verifying({ typ: expected }, claims,
        { typ }));
    }
  }
});

describe("requiredClaims", () => {
  for (const [requiredClaims, expected] of [
    [[], ok],
    [["sub"], ok],
    [["exp", "iat", "iss", "aud"], ok],
    [["jti"], failed],
    [["sub", "jti"], failed],
    [["jti", "nonce"], failed],
    [["toString"], failed],
    [["__proto__"], failed],
    [null, "TypeError"],
  ]) {
    agree(JSON.stringify(requiredClaims), verifying({ requiredClaims }), expected);
  }
  agree("a claim that is null is there", verifying({ requiredClaims: ["x"] }, { ...claims, x: null }), ok);
  agree("several are missing", verifying({ requiredClaims: ["a", "b"], issuer: "i", audience: "x", subject: "s",
    maxTokenAge: 5 }, {}), failed);
  agree("all that can be", verifying({ requiredClaims: ["a", "aud"], audience: "x", subject: "s", maxTokenAge: 5 },
    { sub: "s" }), failed);
  agree("iat, with maxTokenAge", verifying({ requiredClaims: ["a"], maxTokenAge: 5 }, {}), failed);
});

/** All that jose's documentation says of durations. */
const durations = ["10 seconds", "10 secs", "10sec", "10 s", "10s", "1 minute", "1 mins", "1 min", "1m", "1 hour",
  "1 hours", "1 hrs", "1 hr",
  "1h", "1 day", "1d", "1 days", "1 week", "1 weeks", "1w", "1 year", "1 years", "1 yr", "1 yrs", "1y",
    "0.5 minutes", "1.5 h", "0.4s", "0.6s", "9.6s", "9.4s", "9.5 s",
  "+10 seconds", "+ 10 seconds", "10 seconds from now", "10 SECONDS", "10 Minutes From Now", "0 seconds", "-0s",
  "10 seconds ago", "-10 seconds", "- 1 day", "-10 seconds ago", "+10 seconds from now", "10", "", " 10 s", "10  s",
    "10 s ", "s", "ten seconds",
  "10 fortnights", "1 month", "1e1 s", "1. s", ".5 s", "10 seconds now", "10 constructor", "10s\n"];

describe("maxTokenAge", () => {
  for (const maxTokenAge of [10, 11, 9, 0, 9.5, 10.5, -1, NaN, Infinity, -Infinity, true, null, {}, [], ...durations]) {
    agree(typeof maxTokenAge === "string" ? JSON.stringify(maxTokenAge) : String(maxTokenAge),
      verifying({ maxTokenAge }));
  }
  for (const iat of [now, now + 1, now + 5, now + 6, now - 10, now - 15, now - 16, now - 10.5, now + 0.5]) {
    for (const clockTolerance of [undefined, 5]) {
      agree(`iat ${iat - now} s from now, tolerance ${clockTolerance}`, verifying({ maxTokenAge: 10,
        clockTolerance }, { ...claims, iat }));
    }
  }
  agree("an iat in the future is not looked at without it", verifying({}, { ...claims, iat: now + 1000 }), ok);
  agree("too old", verifying({ maxTokenAge: 5 }), expired);
  agree("from the future", verifying({ maxTokenAge: 5 }, { ...claims, iat: now + 1 }), failed);
});

describe("clockTolerance", () => {
  const late = { ...claims, exp: now - 10 };
  for (const clockTolerance of [0, 9, 10, 11, 10.5, 300, -1, NaN, -Infinity, true, null, {}, [],
    ...durations.filter((text) => !/^(1 ?(h|d|w|y)|1\.5 h|10 minutes)/i.test(text))]) {
    const name = typeof clockTolerance === "string" ? JSON.stringify(clockTolerance) : String(clockTolerance);
    agree(`exp, ${name}`, verifying({ clockTolerance }, late));
    agree(`nbf, ${name}`, verifying({ clockTolerance }, { ...claims, nbf: now + 10 }));
  }
});

describe("currentDate", () => {
  const seconds = (offset) => new Date((now + offset) * 1000);
  const withNbf = { ...claims, nbf: now - 100 };
  for (const offset of [0, 299, 299.5, 299.999, 300, 300.5, 301, -100, -99, -100.5, -101, 1e9]) {
    agree(`${offset} s from now`, verifying({ currentDate: seconds(offset) }, withNbf));
  }
  for (const fraction of [0.5, 0.25]) {
    for (const offset of [0, 0.1, 0.25, 0.5, 0.75, 1]) {
      const payload = { ...claims, exp: now + fraction, nbf: now - 1 + fraction };
      agree(`${offset} s from now, times with ${fraction}`, verifying({ currentDate: seconds(offset) }, payload));
    }
  }
  for (const currentDate of [new Date(NaN), null, 0, now, "2026-11-14", {}, new Date(8.64e15), new Date(-8.64e15)]) {
    agree(String(currentDate), verifying({ currentDate }));
  }
  const current = Math.floor(Date.now() / 1000);
  agree("none: now, and the token is good", verifying({ currentDate: undefined }, { exp: current + 600,
    nbf: current - 600 }), ok);
  agree("none: now, and it has expired", verifying({ currentDate: undefined }, { exp: current - 600 }), expired);
});

describe("options as such", () => {
  for (const options of [undefined, {}, { unknown: 1 }, Object.create({ issuer: "x" }), { __proto__: null,
    issuer: claims.iss }]) {
    agree(JSON.stringify(options) ?? "undefined", (m) =>
      m.jwtVerify(jwsOf("ES256", { iss: claims.iss }), jwkOf("ES256"), options));
  }
});
