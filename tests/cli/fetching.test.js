// verify with a JWK Set that has to be fetched.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { both, claims, ec, file, flat, jwks, now, publicJwk, token } from "./both.js";
import { startProvider } from "./provider.mjs";

const set = jwks(publicJwk(ec, { kid: "k1" }));
const started = [];
after(() => Promise.all(started.map((provider) => provider.stop())));

const metadata = { issuer: "ISSUER", jwks_uri: "ISSUER/keys" };
async function providerOf(documents) {
  const provider = await startProvider(documents);
  started.push(provider);
  return provider;
}
const wellKnown = "/.well-known/openid-configuration";
const at = ["--now", String(now)];
const tokenOf = ({ url }) => token({ ...claims, iss: url }, { kid: "k1" });
const good = { [wellKnown]: JSON.stringify(metadata), "/keys": set };

test("by the URL of the set", async () => {
  const provider = await providerOf(good);
  const { code, out, err } = both(["verify", token(claims, { kid: "k1" }), "--jwks", `${provider.url}/keys`, ...at]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^valid\n/);
  assert.equal(provider.requests(), 2); // one for each command line
});

test("by the issuer alone, whose tokens alone it takes", async () => {
  const provider = await providerOf(good);
  const { code, out } = both(["verify", tokenOf(provider), "--issuer", provider.url, "--audience", "api", ...at]);
  assert.equal(code, 0);
  assert.doesNotMatch(out, /unchecked/);
  const other = both(["verify", token(claims, { kid: "k1" }), "--issuer", provider.url, ...at]);
  assert.equal(other.code, 1);
  assert.match(other.out, /^refused: issuer_mismatch/);
});

test("OAuth's metadata, where there is no OpenID Connect's", async () => {
  const provider = await providerOf({ "/.well-known/oauth-authorization-server": JSON.stringify(metadata), "/keys": set });
  assert.equal(both(["verify", tokenOf(provider), "--issuer", provider.url, ...at]).code, 0);
  assert.equal(provider.requests(), 6);
});

test("an issuer that is no URL needs --jwks; one with --jwks is not asked", async () => {
  const provider = await providerOf(good);
  const { code, err } = both(["verify", "ey.e.e", "--issuer", "id.example"]);
  assert.equal(code, 2);
  assert.match(err, /the key is missing: --jwks JWKS, or --issuer URL/);
  const here = file("set.json", set);
  assert.equal(both(["verify", tokenOf(provider), "--issuer", provider.url, "--jwks", here, ...at]).code, 0);
  assert.equal(provider.requests(), 0);
});

test("--batch fetches once", async () => {
  const provider = await providerOf(good);
  const tokens = file("tokens", `${tokenOf(provider)}\n${token(claims)}\n`);
  const { code, out } = both(["verify", "--batch", tokens, "--issuer", provider.url, ...at]);
  assert.equal(code, 1);
  assert.equal(out, "1\tvalid\n2\tissuer_mismatch\n");
  assert.equal(provider.requests(), 4);
});

test("what cannot be fetched is exit code 3, and says why", async () => {
  const provider = await providerOf({
    "/404": { status: 404, body: "" },
    "/slow": null,
    "/away": { status: 302, headers: { Location: "http://127.0.0.2:1/" }, body: "" },
    "/loop": { status: 302, headers: { Location: "/loop" }, body: "" },
  });
  for (const [path, words, ...more] of [
    ["/404", "the answer was no document"],
    ["/slow", "it took too long", "--timeout", "0.2"],
    ["/away", "it redirects elsewhere, or in a circle"],
    ["/loop", "it redirects elsewhere, or in a circle"],
  ]) {
    const { code, out, err } = both(["verify", "ey.e.e", "--jwks", provider.url + path, ...more]);
    assert.deepEqual([code, out], [3, ""]);
    assert.equal(flat(err), `touchstone: cannot fetch the JWK Set from "${provider.url + path}": ${words}\n`);
  }
  await provider.stop();
  for (const [url, words] of [
    [`${provider.url}/`, "nobody answers there"],
    ["http://id.invalid/", "only https: is fetched, and http: from this machine"],
  ]) {
    const { code, err } = both(["verify", "ey.e.e", "--jwks", url]);
    assert.equal(code, 3);
    assert.equal(flat(err), `touchstone: cannot fetch the JWK Set from "${url}": ${words}\n`);
  }
});

test("metadata that is not to be trusted is refused", async () => {
  for (const [document, reason] of [
    [{ ...metadata, issuer: "ISSUER/" }, "metadata_issuer_mismatch"],
    [{ ...metadata, jwks_uri: "file:///etc/passwd" }, "jwks_uri_invalid"],
    [{ issuer: "ISSUER" }, "metadata_member_invalid"],
    [[], "metadata_malformed"],
  ]) {
    const provider = await providerOf({ [wellKnown]: JSON.stringify(document), "/keys": set });
    const { code, out } = both(["verify", "ey.e.e", "--issuer", provider.url]);
    assert.equal(code, 1);
    assert.match(out, new RegExp(`^refused: ${reason}`));
    const asJson = both(["verify", "ey.e.e", "--issuer", provider.url, "--json"]);
    assert.equal(JSON.parse(asJson.out).error.reason, reason);
  }
  const { code, out } = both(["verify", "ey.e.e", "--issuer", "https://id.example/?x"]);
  assert.equal(code, 1);
  assert.match(out, /^refused: issuer_invalid/);
});

test("a set that is too large, or none", async () => {
  const provider = await providerOf({ "/large": " ".repeat((1 << 20) + 1), "/page": "<!doctype html>" });
  for (const [path, reason] of [["/large", "jwks_too_large"], ["/page", "jwks_malformed"]]) {
    const { code, out } = both(["verify", "ey.e.e", "--jwks", provider.url + path]);
    assert.equal(code, 1);
    assert.match(out, new RegExp(`^refused: ${reason}`));
  }
});

test("--timeout takes seconds", () => {
  for (const value of ["0", "601", "1m", "-1", ""]) {
    const { code, err } = both(["verify", "ey.e.e", "--jwks", "https://id.example/", "--timeout", value]);
    assert.equal(code, 2);
    assert.match(err, /--timeout does not take/);
  }
});
