// Certificates for loopback, made anew for each run by a CA that nobody else trusts.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const configuration = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ca]
default_ca = ours
[ours]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
copy_extensions = copy
[policy]
commonName = supplied
`;

const day = 86_400_000;
const loopback = "DNS:localhost, IP:127.0.0.1, IP:127.0.0.2";
/** All are in order but for what the name says. */
const leaves = {
  good: {},
  expired: { until: -day },
  wrongHost: { names: "DNS:other.example" },
  unknownAuthority: { authority: "stranger" },
};

const asn1Time = (date) => date.toISOString().replace(/[-:T]|\.\d+/g, "");

/**
 * Gives `caFile`, the path of the trusted CA's certificate, `ca`, its PEM text, `leaves`, a `{ key, cert }` of
 * PEM texts for each name above, and `folder`, where all of it lies until `remove()`.
 */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-remote-"));
  const path = (name) => join(folder, name);
  const read = (name) => readFileSync(path(name), "utf8");
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "configuration"];

  writeFileSync(path("configuration"), configuration);
  writeFileSync(path("index"), "");
  for (const name of ["authority", "stranger"]) {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    openssl("req", "-x509", ...newKey, "-extensions", "authority", "-subj", `/CN=${name}`, "-days", "2", ...files);
  }
  const issue = (name, { authority = "authority", names = loopback, until = day }) => {
    const wishes = ["-addext", `subjectAltName=${names}`, "-addext", "extendedKeyUsage=serverAuth"];
    openssl("req", "-new", ...newKey, "-subj", `/CN=${name}`, ...wishes, "-keyout", `${name}.key`, "-out", "request");
    const from = asn1Time(new Date(Date.now() - 2 * day));
    const times = ["-startdate", from, "-enddate", asn1Time(new Date(Date.now() + until))];
    const signer = ["-cert", `${authority}.pem`, "-keyfile", `${authority}.key`, "-config", "configuration"];
    openssl("ca", "-batch", "-notext", ...signer, ...times, "-in", "request", "-out", `${name}.pem`);
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  return {
    folder,
    caFile: path("authority.pem"),
    ca: read("authority.pem"),
    leaves: Object.fromEntries(Object.entries(leaves).map(([name, wishes]) => [name, issue(name, wishes)])),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
