// What native/src/stores/directory.cpp does, on the same files: both may use one directory at a time.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { geteuid } from "node:process";
import { TouchstoneError } from "../errors.js";
import { issuerCore, refuseOption, rows } from "./instance.js";
import { optionMembers } from "./options.js";
import type { KeyRingStore, StoredText } from "./types.js";

/** Of `fileStore()`. */
export interface FileStoreOptions {
  /** Makes the directory if it is not there; its parent must be. Default false: a disk may be missing. */
  readonly create?: boolean | undefined;
  /** Seconds to wait for others' lock. Default 5. */
  readonly timeout?: number | undefined;
}

const maxSize = 4 * 1024 * 1024;

/**
 * A directory, for the processes of one machine, also those of the native library and program: in Node, Deno and Bun
 * on Linux, in Deno elsewhere, too. `key-ring.json` is the text, and `lock` what a writer holds; both of mode 0600 in a
 * directory of 0700, or they are refused, as symbolic links are. A kill, a full disk or a power cut at any moment
 * leaves the old text or the new one, whole. But in Deno, which wants `--allow-read --allow-write --allow-sys=uid`, the
 * program flock of util-linux takes the lock.
 *
 * Errors: `store_missing`, `store_permission`, `store_corrupt`, `store_full`, `store_unavailable`, with a word of
 * `detail.hint` where it helps; none tells the place's name.
 */
export function fileStore(directory: string, options?: FileStoreOptions): KeyRingStore {
  if (typeof directory !== "string" || directory === "") refuseOption("directory");
  const { create = false, timeout = 5 } = optionMembers("options", options);
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= 600)) refuseOption("timeout");
  const path = directory.replace(/(?<=.)\/+$/, ""); // "link/" would be followed
  const at = (name: string) => join(path, name);
  const text = at("key-ring.json");
  const draft = at("key-ring.json.new");

  const read = async (): Promise<StoredText | undefined> => {
    const file = await openFile(text, constants.O_RDONLY).catch(ifMissing);
    return file && closing(file, async () => {
      const { size } = await checked(file);
      if (size === 0 || size > maxSize) throw refusal("store_corrupt", "size");
      const bytes = Buffer.alloc(size);
      for (let end = 0; end < size;) {
        const { bytesRead } = await file.read(bytes, end, size - end);
        if (bytesRead === 0) throw refusal("store_corrupt", "size");
        end += bytesRead;
      }
      const stored = { text: bytes.toString("utf8"), version: versionOf(bytes) };
      bytes.fill(0);
      return stored;
    });
  };

  const write = async (bytes: Buffer): Promise<void> => {
    const file = await openFile(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    await closing(file, async () => {
      await file.chmod(0o600); // the umask may have taken from it
      await file.writeFile(bytes);
      await file.sync();
    });
  };

  const swap = async (expected: string | undefined, bytes: Buffer): Promise<string | undefined> => {
    await unlink(draft).catch(ifMissing); // of a writer that was killed
    if ((await read())?.version !== expected) return undefined;
    try {
      await write(bytes);
      await rename(draft, text);
    } catch (error) {
      await unlink(draft).catch(() => {});
      throw error;
    }
    // The new text is there, but a power cut might bring the old one back.
    await syncDirectory(path);
    return versionOf(bytes);
  };

  return {
    load: () =>
      inWords(async () => {
        await checkDirectory(path);
        const stored = await read();
        // Its writer may have been killed before the text was durable: whoever acts on it makes it so.
        if (stored) await syncDirectory(path);
        return stored;
      }, create),
    compareAndSwap: (expected, newText) =>
      inWords(async () => {
        const bytes = Buffer.from(newText);
        if (bytes.length === 0 || bytes.length > maxSize) refuseOption("text");
        if (create && expected === undefined) await makeDirectory(path);
        await checkDirectory(path);
        const unlock = await lock(at("lock"), timeout);
        try {
          return await swap(expected, bytes);
        } finally {
          bytes.fill(0);
          await unlock();
        }
      }),
  };
}

const versionOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

// Files.

/** Not through a symbolic link, and without waiting for a pipe's other end. */
const openFile = (path: string, flags: number): Promise<FileHandle> =>
  open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, 0o600);

async function closing<Value>(file: FileHandle, use: () => Promise<Value>): Promise<Value> {
  try {
    return await use();
  } finally {
    await file.close();
  }
}

function checkOwner({ uid, mode }: { uid: number; mode: number }): void {
  if (uid !== geteuid!()) throw refusal("store_permission", "owner");
  if ((mode & 0o077) !== 0) throw refusal("store_permission", "mode");
}

async function checked(file: FileHandle) {
  const facts = await file.stat();
  if (!facts.isFile()) throw refusal("store_corrupt", "type");
  checkOwner(facts);
  return facts;
}

async function checkDirectory(path: string): Promise<void> {
  const facts = await lstat(path);
  if (facts.isSymbolicLink()) throw refusal("store_permission", "symbolic link");
  if (!facts.isDirectory()) throw refusal("store_missing", "not a directory");
  checkOwner(facts);
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw codeOf(error) === "ENOENT" ? refusal("store_missing", "parent") : error;
  }
  await syncDirectory(join(path, ".."));
}

/** Of names in a directory. Some file systems have nothing to do there, and say so. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  await closing(directory, () =>
    directory.sync().catch((error) => {
      if (!["EINVAL", "EROFS"].includes(codeOf(error)!)) throw error;
    }),
  );
}

// The lock: flock(2), as the native library takes it. The kernel takes it back from a process that is killed.

async function lock(path: string, timeout: number): Promise<() => Promise<void>> {
  const deadline = performance.now() + timeout * 1000;
  for (let left = timeout; left > 0; left = (deadline - performance.now()) / 1000) {
    const file = await openFile(path, constants.O_RDWR | constants.O_CREAT);
    let release = () => file.close();
    try {
      const facts = await checked(file);
      release = await ("Deno" in globalThis ? lockInDeno(path, file, left) : lockByProgram(file, left));
      // Somebody who tidies up may have removed the file meanwhile: then the next writer would lock another.
      const now = await lstat(path).catch(ifMissing);
      if (now?.dev === facts.dev && now.ino === facts.ino) return release;
    } catch (error) {
      await release();
      throw error;
    }
    await release();
  }
  throw refusal("store_unavailable", "lock");
}

/** Node and Bun have no flock(). The program locks the open file that it inherits, which stays locked as it ends. */
async function lockByProgram(file: FileHandle, seconds: number): Promise<() => Promise<void>> {
  const program = spawn("flock", ["-x", "-w", `${Math.ceil(seconds)}`, "0"], { stdio: [file.fd, "ignore", "ignore"] });
  const code = await new Promise((resolve, reject) => {
    program.on("exit", resolve);
    program.on("error", () => reject(refusal("store_unavailable", "the program flock (util-linux) is missing")));
  });
  if (code !== 0) throw refusal("store_unavailable", "lock");
  return () => file.close();
}

interface DenoLike {
  open(path: string, options: { read: true; write: true }): Promise<{ lock(exclusive: true): Promise<void>; close(): void }>;
}

async function lockInDeno(path: string, opened: FileHandle, seconds: number): Promise<() => Promise<void>> {
  const file = await (globalThis as unknown as { Deno: DenoLike }).Deno.open(path, { read: true, write: true });
  let timer: ReturnType<typeof setTimeout>;
  const locked = file.lock(true);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(refusal("store_unavailable", "lock")), seconds * 1000);
  });
  try {
    await Promise.race([locked, late]);
  } catch (error) {
    locked.then(() => file.close(), () => file.close());
    throw error;
  } finally {
    clearTimeout(timer!);
  }
  return async () => {
    file.close();
    await opened.close();
  };
}

// Errors.

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;

function ifMissing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

type Row = "store_missing" | "store_permission" | "store_corrupt" | "store_full" | "store_unavailable";

const refusal = (row: Row, hint?: string): TouchstoneError =>
  issuerCore().error(rows[row], hint === undefined ? {} : { hint });

const refusals: Readonly<Record<string, readonly [Row, hint?: string]>> = {
  ENOENT: ["store_missing"],
  ENOTDIR: ["store_missing", "not a directory"],
  ELOOP: ["store_permission", "symbolic link"],
  EACCES: ["store_permission", "access"],
  EPERM: ["store_permission", "access"],
  EROFS: ["store_permission", "read-only"],
  ENOSPC: ["store_full"],
  EDQUOT: ["store_full"],
  EFBIG: ["store_full"],
  NotCapable: ["store_permission", "access"], // what Deno was not allowed
};

/** The system's errors by our rows, without the paths that they name. */
async function inWords<Value>(act: () => Promise<Value>, isMissingEmpty = false): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TouchstoneError) throw error;
    if (isMissingEmpty && codeOf(error) === "ENOENT") return undefined;
    const name = codeOf(error) ?? (error as Error).name;
    throw refusal(...(refusals[name] ?? (["store_unavailable", "input/output"] as const)));
  }
}
