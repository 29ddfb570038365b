// The generator of attacks: for each algorithm every way we know to make a valid token, its key or its set into
// something that must be refused, and the one reason for which it must be. A few are no attacks though they
// look like one; their expected verdict is "valid".
import { now, signers } from "./signers.mjs";
import * as onClaims from "./attacks/on-claims.mjs";
import * as onEdwards from "./attacks/on-edwards.mjs";
import * as onHeader from "./attacks/on-header.mjs";
import * as onKeys from "./attacks/on-keys.mjs";
import * as onMlDsa from "./attacks/on-ml-dsa.mjs";
import * as onSignature from "./attacks/on-signature.mjs";
import * as onText from "./attacks/on-text.mjs";

/** Each class of attacks: a generator of {name, token, expected}, and jwks or options where they differ. */
export const classes = {
  "signature: each bit flipped": onSignature.everyBit,
  "signature: another length": onSignature.otherLengths,
  "signature: filled": onSignature.fillings,
  "signature: r and s": onSignature.numbersOfEcdsa,
  "signature: RSA numbers": onSignature.numbersOfRsa,
  "signature: EdDSA's R and S": onEdwards.numbersOfEddsa,
  "signature: ML-DSA encodings": onMlDsa.encodings,
  "signature: made otherwise": onSignature.otherWaysToSign,
  "signature: another key or input": onSignature.otherKeysAndInputs,
  "signature: another algorithm's": onHeader.othersSignatures,
  "text: each bit flipped": onText.everyBitOfText,
  "text: each cut": onText.everyCut,
  "text: foreign bytes": onText.foreignBytes,
  "text: foreign texts": onText.foreignTexts,
  "text: not canonical": onText.nonCanonical,
  "text: segments": onText.segments,
  "text: JSON serializations": onText.jsonSerializations,
  "text: sizes": onText.sizes,
  "header: each bit flipped": onText.everyBitOfHeader,
  "header: alg": onHeader.everyAlg,
  "header: public key as secret": onHeader.publicKeyAsSecret,
  "header: none": onHeader.none,
  "header: embedded keys": onHeader.embeddedKeys,
  "header: wrong types": onHeader.wrongTypes,
  "header: kid": onHeader.kid,
  "header: crit": onHeader.crit,
  "header: b64": onHeader.unencodedPayload,
  "header: nested": onHeader.nested,
  "header: JSON": onHeader.headerJson,
  "payload: each byte changed": onText.everyByteOfPayload,
  "payload: JSON": onClaims.payloadJson,
  "claims: dates": onClaims.dates,
  "claims: iss, sub, jti": onClaims.texts,
  "claims: aud": onClaims.audiences,
  "claims: typ and profile": onClaims.typ,
  "key: members": onKeys.keyMembers,
  "key: material": onKeys.keyMaterial,
  "key: weak RSA": onKeys.weakRsa,
  "key: points": onKeys.badPoints,
  "key: Edwards points": onEdwards.edwardsPoints,
  "key: ML-DSA lengths": onMlDsa.keyLengths,
  "key: weak secrets": onKeys.weakSecrets,
  "key: choice": onKeys.choice,
  "set: broken": onKeys.brokenSets,
};

// What the algorithm has no part in, which ML-DSA with its large and slow signatures is therefore spared.
const sameForAll = /^text: (foreign|JSON|segments|sizes)|^header: (none|wrong types|crit|b64|nested|JSON)|^payload: JSON|^claims/;

/**
 * All of them: {class, alg, name, token (bytes), jwks, options, now, expected}. They come in the order of the
 * sets, options and times they share.
 */
export function* attacks(wanted = Object.keys(classes), among = signers) {
  for (const signer of among) {
    const common = { alg: signer.alg, jwks: signer.jwks, options: signer.options, now };
    yield { ...common, class: "(untouched)", name: "the token itself", token: Buffer.from(signer.valid), expected: "valid" };
    for (const name of wanted) {
      if (signer.kty === "AKP" && sameForAll.test(name)) continue;
      for (const attack of classes[name](signer)) {
        yield { ...common, class: name, ...attack, token: Buffer.from(attack.token) };
      }
    }
  }
}
