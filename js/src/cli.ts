#!/usr/bin/env node
/**
 * `npx touchstone`: the native program's own code (native/cli) as WebAssembly. This file is what
 * native/cli/main.cpp is there: it reads, writes and tells the time, and says nothing of its own.
 */
import { fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";

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
const kind = { given: 0, file: 1 };
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

function run(): void {
  for (const argument of process.argv.slice(2)) {
    giveText(argument);
    cli.cli_argument();
  }
  for (const [which, name] of ["COLUMNS", "NO_COLOR", "TERM"].entries()) {
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

run();
writeOut(cli.cli_out()); // when that fails, the outcome is another one
succeeds(() => write(stderr, take(cli.cli_err())), () => {});
process.exitCode = cli.cli_exit_code();
