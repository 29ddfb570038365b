// The suite that every runtime runs: no import but its own, no global but the language's and the web's.

/** Runs a file of cases/ on what its entry exports: `[{ name, ok, error? }]`. */
export async function runSuite({ cases }, namespace, given) {
  const results = [];
  for (const [name, test] of Object.entries(cases(namespace, given))) {
    try {
      await test();
      results.push({ name, ok: true });
    } catch (error) {
      results.push({ name, ok: false, error: `${error}\n${error?.stack ?? ""}` });
    }
  }
  return results;
}

/** Compares values of JSON. */
export function equal(actual, expected, about = "") {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== wanted) throw new Error(`${about && `${about}: `}${is}, not ${wanted}`);
}

/** What a call throws, or rejects with; no error is one. */
export async function errorOf(call) {
  let value;
  try {
    value = await call();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was refused: ${JSON.stringify(value)}`);
}
