// A certified OpenID provider: its ID tokens and JWT access tokens are verified from the issuer's URL alone, and keys
// that it changes are noticed, by the native library, Node, Deno, a page in Chromium and
// the command lines.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builds, commandLines, startBuild } from "./builds.mjs";
import { startChromium } from "./chromium.mjs";
import { makeCertificates } from "./world/certificates.mjs";
import { startProvider } from "./world/oidc-provider.mjs";
import { algorithms, createSigner } from "./world/signers.mjs";

const policy = { minLifetime: 3, refreshAhead: 0, cooldown: 1, fetchTimeout: 10 };
const settings = { policy, http: { timeout: 10, connectTimeout: 5, allowPrivateAddresses: true } };

const certificates = makeCertificates();
const signersOfAll = () => Promise.all(algorithms.map((alg) => createSigner(alg)));
let provider, chromium;

before(async () => {
  provider = await startProvider({ certificates, signers: await signersOfAll() });
  chromium = await startChromium();
});
after(async () => {
  await chromium.stop();
  provider.stop();
  certificates.remove();
});

const start = (name) => (name === "Chromium" ? chromium.startBuild() : startBuild(name, certificates.caFile));
// Without a word of algorithms an ID token is signed with RS256 (OpenID Connect Core section 3.1.3.7).
const idToken = (alg) => ({ audience: alg, algorithms: [alg], profile: "id_token", nonce: "n-0S6_WzA2Mj" });
const accessToken = { audience: "https://api.example", profile: "access_token" };

async function verdict(build, jwt, options) {
  const { ok, error } = await build.verify(jwt, options);
  return ok ? "valid" : error.reason;
}

for (const name of [...builds, "Chromium"]) {
  describe(name, () => {
    let build;
    before(async () => {
      build = await start(name);
      const found = await build.discover(provider.issuer, settings);
      assert.ok(found.ok, JSON.stringify(found.error));
      assert.equal(found.metadata.issuer, provider.issuer);
    });
    after(() => build.stop());

    for (const alg of algorithms) {
      test(`an ID token signed with ${alg}`, async () => {
        const jwt = await provider.idToken(alg, "n-0S6_WzA2Mj");
        assert.equal(await verdict(build, jwt, idToken(alg)), "valid");
        assert.equal(await verdict(build, jwt, { ...idToken(alg), nonce: "another" }), "nonce_mismatch");
        assert.equal(await verdict(build, jwt, { ...idToken(alg), audience: "another" }), "audience_mismatch");
        assert.equal(await verdict(build, jwt, accessToken), "typ_mismatch");
      });

      test(`a JWT access token signed with ${alg}`, async () => {
        const jwt = await provider.accessToken(alg);
        assert.equal(await verdict(build, jwt, accessToken), "valid");
        const [header, payload, signature] = jwt.split(".");
        const forged = JSON.parse(Buffer.from(payload, "base64url"));
        forged.scope = "read write";
        const other = Buffer.from(JSON.stringify(forged)).toString("base64url");
        assert.equal(await verdict(build, `${header}.${other}.${signature}`, accessToken), "signature_invalid");
      });
    }

    test("keys that the provider changes", async () => {
      const before = await provider.accessToken("ES256");
      await build.events();
      const signers = await signersOfAll();
      provider.publish(signers);
      await sleep(1100); // the cooldown
      const since = await provider.accessToken("ES256");
      assert.equal(await verdict(build, since, accessToken), "valid");
      assert.match(await verdict(build, before, accessToken), /^(no_matching_key|jwks_cooling_down)$/);
      const events = await build.events();
      const kidsOf = (wanted) => events.filter(({ kind }) => kind === wanted).map(({ kid }) => kid);
      assert.deepEqual(kidsOf("key_appeared"), signers.map(({ kid }) => kid));
      assert.equal(kidsOf("key_removed").length, algorithms.length);
    });
  });
}

for (const [name, commandLine] of Object.entries(commandLines(certificates.caFile))) {
  const [[program, ...first], trusting] = commandLine;
  const run = (args, environment = trusting) =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, ...environment };
      execFile(program, [...first, ...args], { env }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
    });

  describe(`${name} at a shell`, () => {
    for (const alg of algorithms) {
      test(`a JWT access token signed with ${alg}`, async () => {
        const expected = ["--issuer", provider.issuer, "--profile", "access_token", "--audience"];
        const jwt = await provider.accessToken(alg);
        const { code, out, err } = await run(["verify", jwt, ...expected, "https://api.example"]);
        assert.deepEqual([code, err], [0, ""], out);
        assert.match((await run(["verify", jwt, ...expected, "another"])).out, /^refused: audience_mismatch/);
      });
    }

    test("fetch", async () => {
      const { code, out } = await run(["fetch", provider.issuer, "--json"]);
      assert.equal(code, 0);
      const { issuer, metadata, jwks } = JSON.parse(out);
      assert.equal(issuer, provider.issuer);
      assert.equal(metadata.issuer, provider.issuer);
      assert.equal(jwks.keys.length, algorithms.length);
    });

    test("a certificate that is not trusted", async () => {
      const { code, err } = await run(["fetch", provider.issuer], {});
      assert.equal(code, 3);
      assert.match(err.replaceAll(/\s+/g, " "), /the certificate is not trusted, or not valid now/);
    });
  });
}
