#!/usr/bin/env node
/**
 * `npx touchstone`: the native program's own code (native/cli) as WebAssembly. This file is what
 * native/cli/main.cpp is there: it reads, writes and tells the time, and says nothing of its own.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync,
  writeSync,
} from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";
import { httpGet, HttpGetError } from "./http-get.js";

/** The lines for `cli` of wasm/exports.txt. Texts are addresses of a View: address and length. */
interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  cli_buffer(length: number): number;
  cli_argument(): void;
  cli_environment(which: number): void;
  cli_plan(outIsTerminal: number, errIsTerminal: number, terminalColumns: number): number;
  cli_is_answered(): number;
  cli_has_lines(): number;
  cli_shows_progress(): number;
  cli_input_kind(index: number): number;
  cli_input_limit(index: number): number;
  cli_input_text(index: number): number;
  cli_cache_file(): number;
  cli_cache_dir(): number;
  cli_cache_limit(): number;
  cli_fetch(now: number): void;
  cli_next_url(): number;
  cli_next_fields(): number;
  cli_next_limit(): number;
  cli_timeout(): number;
  cli_field(): void;
  cli_got(status: number, now: number): void;
  cli_not_got(error: number, now: number): void;
  cli_to_keep(): number;
  cli_not_kept(): void;
  cli_fetched(): number;
  cli_content(): void;
  cli_unreadable(index: number): void;
  cli_unwritable(): void;
  cli_execute(now: number): void;
  cli_begin_batch(now: number): number;
  cli_lines(): number;
  cli_last_lines(): number;
  cli_progress(bytes: number): number;
  cli_end_of_progress(): number;
  cli_end_batch(): void;
  cli_exit_code(): number;
  cli_out(): number;
  cli_err(): number;
}

const stdin = 0;
const stdout = 1;
const stderr = 2;
const kind = { given: 0, file: 1, firstToFetch: 3 };
const chunkSize = 64 * 1024;

const module = new WebAssembly.Module(readFileSync(new URL("cli.wasm", import.meta.url)));
const cli = new WebAssembly.Instance(module).exports as unknown as Exports;
cli._initialize();

function give(bytes: Uint8Array): void {
  const address = cli.cli_buffer(bytes.length);
  new Uint8Array(cli.memory.buffer, address, bytes.length).set(bytes);
}

const giveText = (text: string) => give(new TextEncoder().encode(text));

/** A copy: the module's own bytes move and change with the next call. */
function take(view: number): Uint8Array {
  const [address, length] = new Uint32Array(cli.memory.buffer, view, 2) as unknown as [number, number];
  return new Uint8Array(cli.memory.buffer, address, length).slice();
}

const takeText = (view: number) => new TextDecoder().decode(take(view));

/** The name of errno's value: "ENOENT". */
function errnoName(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

/** Tries again while the other owner of a pipe has made it non-blocking and it is not ready. */
function whenReady(operation: () => number): number {
  for (;;) {
    try {
      return operation();
    } catch (error) {
      const name = errnoName(error);
      if (name === "EOF") return 0; // a closed pipe on Windows
      if (name !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function write(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += whenReady(() => writeSync(descriptor, bytes, written));
  }
}

/** A descriptor to read an input from. The process ends with its answer, and closes it then. */
function open(index: number): number {
  const isFile = cli.cli_input_kind(index) === kind.file;
  return isFile ? openSync(takeText(cli.cli_input_text(index)), "r") : stdin;
}

/** What can be read until the end, or until one byte more than the limit has come. */
function* read(descriptor: number, limit: number): Generator<Uint8Array> {
  for (let total = 0; total <= limit; ) {
    const chunk = new Uint8Array(Math.min(chunkSize, limit + 1 - total));
    const length = whenReady(() => readSync(descriptor, chunk));
    if (length === 0) return;
    total += length;
    yield chunk.subarray(0, length);
  }
}

function content(index: number): Uint8Array {
  if (cli.cli_input_kind(index) === kind.given) return take(cli.cli_input_text(index));
  return Buffer.concat([...read(open(index), cli.cli_input_limit(index))]);
}

/** The rows of errors.def for what a GET can end with. */
const rows = { fetch_failed: 620, fetch_insecure: 621, fetch_timed_out: 622 };

/** What Node calls the ends that native/cli/fetching.cpp has words for. */
const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: "name",
  EAI_AGAIN: "name",
  ECONNREFUSED: "connect",
  ECONNRESET: "connection",
  ERR_TLS_CERT_ALTNAME_INVALID: "host name",
  CERT_HAS_EXPIRED: "certificate",
  CERT_NOT_YET_VALID: "certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate",
};

function hintOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code, cause } = error as { code?: string; cause?: unknown };
  return hints[code ?? ""] ?? hintOf(cause);
}

/** Runs a step; when the system fails it, says so to the module and returns false. */
function succeeds(step: () => void, onFailure: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    giveText(errnoName(error));
    onFailure();
    return false;
  }
}

const now = () => Date.now() / 1000;

/** A file that only its owner could have written; else nothing, for it is trusted. */
function readOwn(path: string, atMost: number): Uint8Array {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = fstatSync(descriptor);
      const isOwn = status.isFile() && status.uid === process.geteuid?.() && (status.mode & 0o022) === 0;
      return isOwn && status.size <= atMost ? readFileSync(descriptor) : new Uint8Array();
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return new Uint8Array();
  }
}

/** For its owner alone; what others read meanwhile is the old file or the new one. */
function writeOwn(directory: string, path: string, bytes: Uint8Array): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, bytes, { flag: "wx", mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

async function getNext(url: string, timeout: number): Promise<void> {
  const fields = takeText(cli.cli_next_fields())
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  try {
    const response = await httpGet(url, fields, { timeout, maxSize: cli.cli_next_limit() });
    for (const [name, value] of response.fields) {
      giveText(`${name}:${value}`);
      cli.cli_field();
    }
    give(response.body);
    cli.cli_got(response.status, now());
  } catch (error) {
    if (!(error instanceof HttpGetError)) throw error;
    giveText(error.hint ?? hintOf(error.cause));
    cli.cli_not_got(rows[error.reason], now());
  }
}

/** Brings what the next input's URL leads to; false when there is an answer already. */
async function fetchNext(): Promise<boolean> {
  const end = performance.now() + cli.cli_timeout() * 1000;
  const file = takeText(cli.cli_cache_file());
  give(file ? readOwn(file, cli.cli_cache_limit()) : new Uint8Array());
  cli.cli_fetch(now());
  for (let url = takeText(cli.cli_next_url()); url; url = takeText(cli.cli_next_url())) {
    await getNext(url, Math.max((end - performance.now()) / 1000, 0.001));
  }
  const toKeep = take(cli.cli_to_keep());
  if (file && toKeep.length) {
    succeeds(() => writeOwn(takeText(cli.cli_cache_dir()), file, toKeep), cli.cli_not_kept);
  }
  return cli.cli_fetched() !== 0;
}

const writeOut = (view: number) => succeeds(() => write(stdout, take(view)), cli.cli_unwritable);

function judgeStream(index: number): void {
  const showsProgress = cli.cli_shows_progress() !== 0;
  let shown = Date.now();
  const showProgress = (bytes: number) => {
    if (!showsProgress || Date.now() - shown < 100) return;
    shown = Date.now();
    write(stderr, take(cli.cli_progress(bytes)));
  };

  let isWritable = true;
  const judgeAll = () => {
    const descriptor = open(index);
    const status = fstatSync(descriptor);
    const size = status.isFile() ? status.size : 0;
    for (const chunk of read(descriptor, Infinity)) {
      give(chunk);
      isWritable = writeOut(cli.cli_lines());
      if (!isWritable) return;
      showProgress(size);
    }
    isWritable = writeOut(cli.cli_last_lines());
  };
  const isReadable = succeeds(judgeAll, () => cli.cli_unreadable(index));
  if (showsProgress) write(stderr, take(cli.cli_end_of_progress()));
  if (isReadable && isWritable) cli.cli_end_batch();
}

async function run(): Promise<void> {
  for (const argument of process.argv.slice(2)) {
    giveText(argument);
    cli.cli_argument();
  }
  for (const [which, name] of ["COLUMNS", "NO_COLOR", "TERM", "XDG_CACHE_HOME", "HOME"].entries()) {
    giveText(process.env[name] ?? "");
    cli.cli_environment(which);
  }
  // process.stdout is only touched when it is a terminal: it would make a pipe non-blocking.
  const outIsTerminal = isatty(stdout);
  const errIsTerminal = isatty(stderr);
  const terminal = outIsTerminal ? process.stdout : errIsTerminal ? process.stderr : undefined;
  const inputs = cli.cli_plan(Number(outIsTerminal), Number(errIsTerminal), terminal?.columns ?? 0);
  if (cli.cli_is_answered()) return;

  for (let index = 0; index < inputs; index++) {
    if (cli.cli_input_kind(index) >= kind.firstToFetch) {
      if (await fetchNext()) continue;
      return;
    }
    const isRead = succeeds(
      () => {
        give(content(index));
        cli.cli_content();
      },
      () => cli.cli_unreadable(index),
    );
    if (!isRead) return;
  }
  if (!cli.cli_has_lines()) {
    cli.cli_execute(now());
  } else if (cli.cli_begin_batch(now())) {
    judgeStream(inputs);
  }
}

await run();
writeOut(cli.cli_out()); // when that fails, the outcome is another one
succeeds(() => write(stderr, take(cli.cli_err())), () => {});
process.exitCode = cli.cli_exit_code();
