// What may be looked at, logged or served holds no private member and no symmetric key in any encoding.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  createIssuer, generateSealingKey, KeyRing, memoryStore, oauthMetadata, openidConfiguration, publicJwks, publishJwks, retireEarly, revoke, rotate,
  sealingKid, sign, SigningKey, unseal, seal,
} from "touchstone/issuer";
import { encodingsOf, hasty, refusalOf } from "./support.mjs";

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "k"];
const secretsOf = (text) =>
  JSON.parse(text).keys.flatMap(({ jwk }) => privateMembers.flatMap((name) => (jwk[name] ? [jwk[name]] : [])));
const everyLook = (value) => [
  inspect(value, { depth: Infinity, showHidden: true, getters: true, maxArrayLength: Infinity, maxStringLength: Infinity }),
  JSON.stringify(value) ?? "", String(value), value instanceof Error ? value.stack : "",
  ...(typeof value === "object" && value !== null ? Reflect.ownKeys(value).map((name) => inspect(value[name], { depth: Infinity })) : []),
];

function assertNoneOf(secrets, seen) {
  const text = seen.flatMap(everyLook).join("\n");
  for (const secret of secrets) for (const encoding of encodingsOf(secret)) assert.ok(!text.includes(encoding), `a secret is in\n${text.slice(0, 2000)}`);
}

for (const alg of ["ES256", "Ed25519", "HS256", "RS256"]) {
  test(`${alg}: nothing that is seen of rings and keys`, async () => {
    const policy = { ...hasty, alg, rsaBits: 2048 };
    const first = rotate(new KeyRing(), policy, new Date(1_800_000_000_000));
    const second = rotate(retireEarly(first.ring), policy, new Date(1_800_000_000_000));
    const { ring } = second;
    const revoked = revoke(ring, ring.active.kid, policy, new Date(1_800_000_001_000));
    const text = ring.exportSecrets();
    const key = SigningKey.import(JSON.parse(text).keys[0].jwk);
    const secrets = [...secretsOf(text), ...secretsOf(revoked.ring.exportSecrets())];
    assert.ok(secrets.length >= 3);
    assertNoneOf([], [text]);
    assert.throws(() => assertNoneOf(secrets, [text]), /a secret is in/, "the scan finds what is there");
    const metadata = { issuer: "https://id.example", jwksUri: "https://id.example/jwks" };
    assertNoneOf(secrets, [
      first, second, revoked, ring, ring.keys, ring.active, ring.toJSON(), key, key.toJSON(), key.publicJwk, KeyRing, SigningKey,
      sign({ sub: "ada" }, ring, { currentDate: new Date(1_800_000_000_000) }),
      publicJwks(ring), publishJwks(ring), openidConfiguration(ring, metadata), oauthMetadata(ring, metadata),
    ]);

    // And of errors about texts that hold them.
    const broken = [
      text.slice(0, -1), text.replace('"active"', '"asleep"'), text.replace(/"version":1/, '"version":9'), text.replace(/"d":"/, '"d":"A'),
      text.replace(/"k":"/, '"k":"='), text.replace(/"jwk"/, '"key"'), `${text}${text}`,
    ];
    for (const one of broken.filter((changed) => changed !== text)) assertNoneOf(secrets, [await refusalOf(() => KeyRing.parse(one))]);
    const jwk = JSON.parse(text).keys[0].jwk;
    for (const edited of [{ ...jwk, alg: "none" }, { ...jwk, kty: "X" }, { ...jwk, use: "enc" }, { ...jwk, kid: `${secrets[0]}\n` }])
      assertNoneOf(secrets, [await refusalOf(() => SigningKey.import(edited))]);
    const sealingKey = generateSealingKey();
    const sealed = seal(ring, policy, sealingKey);
    assertNoneOf([...secrets, sealingKey], [
      sealed, sealingKid(sealed), unseal(sealed, sealingKey), await refusalOf(() => unseal(sealed, `${sealingKey.slice(1)}!`)),
      await refusalOf(() => unseal(seal(ring, policy, null), sealingKey)), await refusalOf(() => unseal(seal(ring, policy, null).slice(0, -1), null)),
    ]);
  });
}

test("nothing that is seen of an issuer, and of what it serves", async () => {
  const sealingKey = generateSealingKey();
  const store = memoryStore();
  const told = [];
  const issuer = createIssuer({
    issuer: "https://id.example", store, sealingKey, policy: { ...hasty, alg: "HS256" }, onChange: (changes) => told.push(changes),
    onStoreError: (error) => told.push(error),
  });
  const seen = [issuer, store, issuer.health(), await issuer.sign({}), await issuer.keys(), await issuer.jwks(), await issuer.rotate({ early: true })];
  for (const path of ["jwks.json", "openid-configuration", "oauth-authorization-server"]) {
    const response = await issuer.fetch(new Request(`https://id.example/.well-known/${path}`));
    seen.push(await response.text(), [...response.headers]);
  }
  const { text } = await store.load();
  seen.push(text);
  const secrets = secretsOf(unseal(text, sealingKey).ring.exportSecrets());
  assert.equal(secrets.length, 2);
  const wrong = createIssuer({ issuer: "https://id.example", store, sealingKey: generateSealingKey(), onStoreError: (error) => told.push(error) });
  seen.push(await refusalOf(wrong.sign({})), wrong.health(), told);
  assertNoneOf([...secrets, sealingKey], seen);
});
