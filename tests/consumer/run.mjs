// Uses what `cmake --install` installs, in each way that a user may: `node tests/consumer/run.mjs`
// (after the release preset is built).
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tryNginx } from "./nginx-auth-request.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..", "..");
const work = join(root, "build", "consumer");
const prefix = join(work, "prefix");
const example = join(root, "tests", "vectors", "example");
rmSync(work, { recursive: true, force: true });

const env = {
  ...process.env,
  PKG_CONFIG_PATH: ["lib", "lib64", "lib/x86_64-linux-gnu", "share"]
    .map((dir) => join(prefix, dir, "pkgconfig"))
    .join(":"),
};
const shell = (command) => {
  console.log(`$ ${command}`);
  const { status, stdout, stderr } = spawnSync(command, {
    shell: true,
    cwd: work,
    env,
    encoding: "utf8",
  });
  console.log(`${stdout}${stderr}`);
  return { status, text: stdout + stderr };
};
let passed = 0;
let failed = 0;
const check = (title, ok) => {
  console.log(`${ok ? "ok" : "NOT OK"}: ${title}\n`);
  if (ok) passed += 1;
  else failed += 1;
};
const succeeds = (title, command) => check(title, shell(command).status === 0);

spawnSync("mkdir", ["-p", work]);
succeeds("cmake --install", `cmake --install ${root}/build/release --prefix ${prefix}`);

const project = (folder, options) =>
  `cmake -S ${here} -B ${folder} -DEXAMPLE_DIR=${example} ${options} && cmake --build ${folder} && ctest --test-dir ${folder} --output-on-failure`;
const found = `-DCMAKE_PREFIX_PATH=${prefix}`;
const remote = '-DCONSUMER_COMPONENTS="COMPONENTS;remote"';
const both = '-DCONSUMER_COMPONENTS="COMPONENTS;remote;stores"';
const noCurl = "-DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON";
const noLibraries = `${noCurl} -DCMAKE_DISABLE_FIND_PACKAGE_PostgreSQL=ON`;
const runsRemote = ({ status, text }) => status === 0 && /consumer_remote .*Passed/.test(text);
const runsBoth = (result) => runsRemote(result) && /consumer_stores .*Passed/.test(result.text);
check("find_package, static", runsBoth(shell(project("found-static", `${found} ${both}`))));
check(
  "find_package, shared, where nobody has the headers of libcurl and libpq",
  runsBoth(shell(project("found-shared", `${found} ${both} ${noLibraries} -DBUILD_SHARED_LIBS=ON`))),
);
succeeds("find_package, static, without libcurl and libpq", project("found-alone", `${found} ${noLibraries}`));
check(
  "the static touchstone::remote is not found without libcurl",
  /touchstone_FOUND to FALSE/.test(shell(project("not-found", `${found} ${remote} ${noCurl}`)).text),
);
check(
  "add_subdirectory",
  runsBoth(
    shell(
      project(
        "subdirectory",
        `-DTOUCHSTONE_SOURCE_DIR=${root} -DTOUCHSTONE_BUILD_REMOTE=ON -DTOUCHSTONE_BUILD_STORES=ON`,
      ),
    ),
  ),
);
succeeds(
  "add_subdirectory, without libcurl and libpq",
  `cmake -S ${here} -B subdirectory-alone -DEXAMPLE_DIR=${example} -DTOUCHSTONE_SOURCE_DIR=${root} ${noLibraries}`,
);

const issuer = '-DCONSUMER_COMPONENTS="COMPONENTS;issuer"';
const noSodium = "-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON";
const runsIssuer = ({ status, text }) => status === 0 && /consumer_issuer .*Passed/.test(text) && /consumer_issuer_c .*Passed/.test(text);
check("touchstone::issuer, static", runsIssuer(shell(project("issuer-static", `${found} ${issuer}`))));
check(
  "touchstone::issuer, shared, where nobody has libsodium's headers",
  runsIssuer(shell(project("issuer-shared", `${found} ${issuer} ${noSodium} -DBUILD_SHARED_LIBS=ON`))),
);
check(
  "the static touchstone::issuer is not found without libsodium",
  /touchstone_FOUND to FALSE/.test(shell(project("issuer-not-found", `${found} ${issuer} ${noSodium}`)).text),
);

const run = (program) => `${program} ${example}/token.jwt ${example}/jwks.json`;
const flags = "$(pkg-config --cflags --libs touchstone)";
const rpath = "-Wl,-rpath,$(pkg-config --variable=libdir touchstone)";
succeeds(
  "pkg-config, C++",
  `c++ -std=c++20 ${here}consumer.cpp -o pc_cpp ${flags} ${rpath} && ${run("./pc_cpp")}`,
);
const remoteFlags = "$(pkg-config --cflags --libs touchstone-remote)";
succeeds(
  "pkg-config, touchstone-remote",
  `c++ -std=c++20 ${here}remote.cpp -o pc_remote ${remoteFlags} ${rpath} && ${run("./pc_remote")}`,
);
const issuerFlags = "$(pkg-config --cflags --libs touchstone-issuer)";
succeeds(
  "pkg-config, touchstone-issuer",
  `c++ -std=c++20 ${here}issuer.cpp -o pc_issuer ${issuerFlags} ${rpath} && ./pc_issuer`,
);
succeeds(
  "pkg-config, touchstone-stores",
  `c++ -std=c++20 ${here}stores.cpp -o pc_stores $(pkg-config --cflags --libs touchstone-stores) ${rpath} && ./pc_stores`,
);
succeeds(
  "pkg-config, C",
  `cc -std=c99 ${here}consumer.c -o pc_c ${flags} ${rpath} && ${run("./pc_c")}`,
);
succeeds(
  "the installed program",
  `${prefix}/bin/touchstone verify $(cat ${example}/token.jwt) --jwks ${example}/jwks.json`,
);

const examples = join(root, "native", "examples");
const token = readFileSync(join(example, "token.jwt"), "utf8");
succeeds(
  "the example in C",
  `cc -std=c99 -Wall -Wextra -Werror ${examples}/c/verify.c ${flags} ${rpath} -o verify`,
);
const inC = (input, ...args) =>
  spawnSync("./verify", [join(example, "jwks.json"), ...args], { cwd: work, input, encoding: "utf8" });
const judged = inC(`${token}${token.replace("A", "B")}`, "https://id.example", "api");
check(
  "the example in C verifies lines",
  judged.status === 1 && /^\{.*"sub":"ada".*\}\nrefused: \w+\n$/.test(judged.stdout),
);
check("the example in C expects an audience", /mismatch/.test(inC(token, "https://id.example", "other").stdout));

const exampleProject = (name) => `cmake -S ${examples}/${name} -B ${name} ${found} && cmake --build ${name}`;
succeeds("the example of a CMake project", exampleProject("cmake-project"));
const bearer = (field, scope) =>
  spawnSync("cmake-project/bearer", [join(example, "jwks.json"), scope], {
    cwd: work,
    input: field,
    encoding: "utf8",
  }).stdout;
check(
  "the example of a CMake project reads an Authorization field",
  bearer(`Bearer ${token}`, "read") === '200 "ada"\n' &&
    bearer(`bearer ${token}`, "write") === "403 insufficient_scope\n" &&
    /^401 /.test(bearer(`Basic ${token}`, "read")),
);

succeeds("the example for nginx", exampleProject("nginx-auth-request"));
await tryNginx(join(work, "nginx-auth-request", "touchstone-auth"), check);

const [[, readme], [, remoteReadme]] = readFileSync(join(root, "README.md"), "utf8").matchAll(/```cpp\n([^]*?)```/g);
writeFileSync(join(work, "readme.cpp"), readme);
const pasted = shell(`c++ -std=c++20 readme.cpp -o readme ${flags} ${rpath} && cd ${root} && ${join(work, "readme")}`);
check("the README's C++ example", pasted.status === 0 && pasted.text === "ada\n");

// It would ask a provider: that it compiles and links is all there is to see.
const [include, ...statements] = remoteReadme.split("\n");
writeFileSync(
  join(work, "readme_remote.cpp"),
  `${include}\nint verify_one(const std::string& token) {\n${statements.join("\n")}return jwt ? 0 : 1;\n}\nint main() {}\n`,
);
succeeds(
  "the README's remote set",
  `c++ -std=c++20 -Wall -Wextra -Werror readme_remote.cpp -o readme_remote ${remoteFlags}`,
);

const guide = readFileSync(join(root, "native", "docs", "cpp.md"), "utf8");
[...guide.matchAll(/```cpp\n([^]*?)```/g)].forEach(([, code], index) => {
  writeFileSync(join(work, `guide_${index}.cpp`), code);
  succeeds(`the guide's example ${index + 1}`, `c++ -std=c++20 -Wall -Wextra -Werror -c guide_${index}.cpp ${remoteFlags} ${issuerFlags}`);
});

const forged = shell(
  `c++ -std=c++20 -fsyntax-only ${here}must_not_compile.cpp $(pkg-config --cflags touchstone)`,
);
check(
  "a forged VerifiedJwt does not compile",
  forged.status !== 0 && /private within this context/.test(forged.text),
);

const leak = (way) =>
  shell(
    `c++ -std=c++20 -fsyntax-only -DLEAK=${way} ${here}secret_must_not_compile.cpp $(pkg-config --cflags touchstone)`,
  );
check("a public key compiles into a JWK Set", leak(0).status === 0);
for (const way of [1, 2, 3, 4, 5]) {
  const { status, text } = leak(way);
  const isRefused = /no matching function|invalid initialization|could not convert|is private within this context/.test(text);
  check(`a secret does not compile into a JWK Set (${way})`, status !== 0 && isRefused);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
