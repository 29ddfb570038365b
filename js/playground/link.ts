// A link that carries the input in its fragment, which no browser sends to a server.
import { optionNames, type Written } from "./options.js";

export interface Input {
  readonly token: string;
  readonly jwks: string;
  readonly options: Written;
}

export function toLink({ token, jwks, options }: Input): string {
  const { origin, pathname } = location;
  return `${origin}${pathname}#${new URLSearchParams({ token, jwks, ...options })}`;
}

/** The input of a fragment; undefined when it has none, as that of a link within the page. */
export function fromFragment(fragment: string): Input | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const token = parameters.get("token") ?? "";
  const jwks = parameters.get("jwks") ?? "";
  if (!token && !jwks) return undefined;
  const options = optionNames.flatMap((name): [string, string][] => {
    const value = parameters.get(name);
    return value ? [[name, value]] : [];
  });
  return { token, jwks, options: Object.fromEntries(options) };
}
