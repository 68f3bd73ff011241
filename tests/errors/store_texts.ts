import { openLedger } from "../../lib/jobs/open_ledger.ts";
import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import { Ledger } from "../../lib/jobs/ledger.ts";
import { openStore } from "../../lib/stores/open_store.ts";
import type { StoredObject } from "../../lib/stores/store.ts";
import { UploadJournal } from "../../lib/stores/s3/upload_journal.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };
const writing = { condition: "always", contentType: "application/x-ndjson", signal } as const;
const bytes = new TextEncoder().encode("hello");
/** Longer than a file's name may be: fails at every system call, for every user. */
const longName = "x".repeat(300);

/** An address that no store can be opened at. */
function address(when: string, text: string, url: string): ErrorText {
  return { when, text, provoke: () => failureOf(() => openStore(url, { role: "destination" })) };
}

/** A run that cannot begin. */
function run(
  when: string,
  text: string,
  flags: (scene: Scene) => Record<string, string>,
  status = 1,
): ErrorText {
  return { when, text, status, provoke: (scene) => scene.run(flags(scene)) };
}

/** What a folder's store fails with; in the folder there is `a.jsonl`. */
function directory(
  when: string,
  text: string,
  work: (store: DirectoryStore, object: StoredObject, scene: Scene) => unknown,
  below = "",
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      scene.hide(longName, "<LONG>");
      scene.hide(/\b[0-9a-f]+-[0-9a-f]+-[0-9a-f]+\b/g, "<ETAG>");
      const root = new DirectoryStore(`${scene.folder}/in`);
      const object = await root.head("a.jsonl", signal);
      const store = new DirectoryStore(`${scene.folder}/in${below}`);
      const message = await failureOf(() => work(store, object!, scene));
      await root.close();
      await store.close();
      return message;
    },
  };
}

export const addressTexts: ErrorTexts = {
  name: "openStore()",
  rows: [
    address("no address", "Cannot open a store: its URL is empty", ""),
    address(
      "a file: URL of a host",
      "Cannot open file://host/a: a file: URL must be file:///PATH or file:PATH, and nothing more",
      "file://host/a",
    ),
    address(
      "a file: URL with a password",
      "Cannot open file://…@host/a: a file: URL must be file:///PATH or file:PATH, and nothing more",
      "file://me:s3cret@host/a",
    ),
    address(
      "a file: URL that is not percent-encoded",
      "Cannot open file:///a%: its path is not percent-encoded UTF-8",
      "file:///a%",
    ),
    address(
      "another scheme, whose address may hold a password",
      "Cannot open a store at https: its URL must be s3://BUCKET/PREFIX/, file: or a path",
      "https://key:s3cret@host/b",
    ),
    address(
      "s3: with credentials in it",
      "Cannot open s3://…@b/p: after s3:// must come a bucket's name, not something with an @ in it; credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile (AWS_PROFILE)",
      "s3://key:s3cret/x@b/p",
    ),
    run(
      "an invalid bucket name",
      'sluice: Cannot open s3://a b/: after s3:// must come a bucket\'s name, not "a b"',
      () => ({ from: "s3://a b/" }),
      2,
    ),
    run(
      "a source that is not there",
      "sluice: Cannot open <DIR>/absent: there is no such file or folder",
      ({ folder }) => ({ from: `${folder}/absent` }),
    ),
    run(
      "a source that Deno guards",
      "sluice: Cannot open /dev/shm/absent: Deno keeps programs out of /dev, /proc and /sys; use a path elsewhere",
      () => ({ from: "/dev/shm/absent" }),
    ),
    run(
      "a folder in place of an output",
      "Cannot finish file://<DIR>/in/a.jsonl: Cannot write <DIR>/out/a.jsonl: a folder of that name is there; move it away, or write elsewhere",
      (scene) => {
        scene.write("out/a.jsonl/b", "");
        return {};
      },
    ),
    run(
      "a source that is a hidden file",
      "sluice: Cannot open <DIR>/in/_b.jsonl: files whose names begin with _ or . are not taken for objects",
      (scene) => ({ from: scene.write("in/_b.jsonl", "") }),
    ),
    run(
      "a destination that is a file",
      "sluice: Cannot write to <DIR>/out: it is a file, not a folder",
      (scene) => ({ to: scene.write("out", "") }),
    ),
    run(
      "a destination within the source",
      "sluice: Cannot read <DIR>/in and write <DIR>/in/out: one lies in the other, so outputs would be taken for objects",
      ({ folder }) => ({ to: `${folder}/in/out` }),
    ),
    run(
      "a source within the destination, in S3",
      "sluice: Cannot read s3://b/p/in/ and write s3://b/p: one lies in the other, so outputs would be taken for objects",
      () => ({ from: "s3://b/p/in/", to: "s3://b/p" }),
    ),
    run(
      "authorities for S3 that are not there",
      "sluice: Cannot read certificate authorities <DIR>/absent.pem: No such file or directory (os error 2): readfile '<DIR>/absent.pem'",
      ({ folder }) => ({ "from": "s3://b/p/", "s3-ca": `${folder}/absent.pem` }),
      2,
    ),
    run(
      "authorities for S3 that are no PEM",
      "sluice: Cannot use certificate authorities <DIR>/in/a.jsonl: it is not PEM",
      ({ folder }) => ({ "from": "s3://b/p/", "s3-ca": `${folder}/in/a.jsonl` }),
      2,
    ),
    run(
      "authorities for S3 that are damaged",
      "sluice: Cannot use certificate authorities <DIR>/ca.pem: it is damaged, what stands in it is not base64",
      (scene) => ({
        "from": "s3://b/p/",
        "s3-ca": scene.write(
          "ca.pem",
          "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
        ),
      }),
      2,
    ),
    run(
      "authorities for S3 that are PEM of something else",
      "sluice: Cannot use certificate authorities <DIR>/ca.pem: invalid peer certificate: BadEncoding",
      (scene) => ({
        "from": "s3://b/p/",
        "s3-ca": scene.write(
          "ca.pem",
          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
      }),
      2,
    ),
    run(
      "a destination below a file",
      "sluice: Cannot open <DIR>/in/a.jsonl/x: Not a directory (os error 20): realpath '<DIR>/in/a.jsonl/x'",
      ({ folder }) => ({ to: `${folder}/in/a.jsonl/x` }),
    ),
  ],
};

export const directoryTexts: ErrorTexts = {
  name: "DirectoryStore",
  rows: [
    directory(
      "a folder that cannot be listed",
      "Cannot list <DIR>/in/<LONG>: File name too long (os error 36): readdir '<DIR>/in/<LONG>'",
      (store) => Array.fromAsync(store.list(signal)),
      `/${longName}`,
    ),
    directory(
      "a file that cannot be looked at",
      "Cannot look at <DIR>/in/<LONG>: File name too long (os error 36): stat '<DIR>/in/<LONG>'",
      (store) => store.head(longName, signal),
    ),
    directory(
      "a name that is no path, as S3 may have it",
      'Cannot use "a//b.jsonl" as a file under <DIR>/in: it has an empty, "." or ".." segment',
      (store) => store.put("a//b.jsonl", bytes, writing),
    ),
    directory("a file that is gone", "Cannot read <DIR>/in/a.jsonl: it is gone", (store, object, scene) => {
      Deno.removeSync(`${scene.folder}/in/a.jsonl`);
      return store.read(object, 0, signal);
    }),
    directory(
      "a file that has changed",
      "Cannot read <DIR>/in/a.jsonl: it was <ETAG> when listed and is <ETAG> now",
      (store, object, scene) => {
        scene.write("in/a.jsonl", "changed");
        return store.read(object, 0, signal);
      },
    ),
    directory(
      "a file that cannot be read",
      "Cannot read <DIR>/in/below/it: Is a directory (os error 21)",
      async (store, _, scene) => {
        // A folder can be opened, and not be read.
        const name = "below/it";
        Deno.mkdirSync(`${scene.folder}/in/${name}`, { recursive: true });
        const { size, mtime, ino } = Deno.statSync(`${scene.folder}/in/${name}`);
        const etag = [size, mtime!.getTime(), ino!].map((n) => n.toString(16)).join("-");
        await new Response(await store.read({ name, etag, bytes: 9, modifiedMs: 0 }, 0, signal)).bytes();
      },
    ),
    directory(
      "a file that cannot be written",
      "Cannot write <DIR>/in/a.jsonl/b: File exists (os error 17): mkdir '<DIR>/in/a.jsonl'",
      (store) => store.put("a.jsonl/b", bytes, writing),
    ),
    directory(
      "a file whose part cannot be written",
      "Cannot write <DIR>/in/b: No such file or directory (os error 2): open '<DIR>/in/.b.<UUID>.sluice-tmp'",
      async (store, _, scene) => {
        const upload = await store.startUpload("b", writing);
        for (const { name } of Deno.readDirSync(`${scene.folder}/in`)) {
          if (name.endsWith("-tmp")) Deno.removeSync(`${scene.folder}/in/${name}`);
        }
        await upload.part(1, 0, bytes, signal);
      },
    ),
    directory(
      "a folder that is a link out of the destination",
      "Cannot write <DIR>/in/link/a: a symbolic link leads out of <DIR>/in, to <DIR>/outside",
      (store, _, scene) => {
        Deno.mkdirSync(`${scene.folder}/outside`);
        Deno.symlinkSync("../outside", `${scene.folder}/in/link`);
        return store.put("link/a", bytes, writing);
      },
    ),
    directory(
      "an output that another writer has created",
      "Cannot write <DIR>/in/a.jsonl: another writer has written it",
      (store) => store.put("a.jsonl", bytes, { ...writing, condition: { ifAbsent: true } }),
    ),
    directory(
      "an output that another writer has changed",
      "Cannot write <DIR>/in/a.jsonl: it was <ETAG> when seen and is <ETAG> now",
      (store) => store.put("a.jsonl", bytes, { ...writing, condition: { ifEtag: "1-2-3" } }),
    ),
    directory(
      "an output that another writer has removed",
      "Cannot write <DIR>/in/b.jsonl: it was <ETAG> when seen and is gone",
      (store) => store.put("b.jsonl", bytes, { ...writing, condition: { ifEtag: "1-2-3" } }),
    ),
    directory(
      "rejects that cannot be removed",
      "Cannot remove <DIR>/in/<LONG>: File name too long (os error 36): lstat '<DIR>/in/<LONG>'",
      (store) => store.remove(longName, signal),
    ),
    directory(
      "an unfinished file that cannot be removed",
      "Cannot remove unfinished <DIR>/in/.<LONG>.<UUID>.sluice-tmp: File name too long (os error 36): remove '<DIR>/in/.<LONG>.<UUID>.sluice-tmp'",
      (store) =>
        store.removeUpload("b", `.${longName}.00000000-0000-4000-8000-000000000000.sluice-tmp`, signal),
    ),
    directory(
      "a file to be removed that is no unfinished one",
      "Cannot remove <DIR>/in/a.jsonl: it is no unfinished file",
      (store) => store.removeUpload("a.jsonl", "a.jsonl", signal),
    ),
    directory(
      "marks that cannot be read",
      "Cannot read marks in <DIR>/in/.sluice-manifest.db: file is not a database",
      (store, _, scene) => {
        scene.write("in/.sluice-manifest.db", "no database");
        return store.head("a.jsonl", signal);
      },
    ),
    directory(
      "marks that cannot be written",
      "Cannot write marks in <DIR>/in/.sluice-manifest.db: file is not a database",
      (store, _, scene) => {
        scene.write("in/.sluice-manifest.db", "no database");
        return store.put("b", bytes, { ...writing, mark });
      },
    ),
  ],
};

export const noteTexts: ErrorTexts = {
  name: "openLedger()",
  rows: [
    {
      when: "a ledger that cannot be opened",
      text:
        "Continuing without the ledger: Cannot open ledger <DIR>/in/a.jsonl/ledger.db: File exists (os error 17): mkdir '<DIR>/in/a.jsonl'",
      provoke(scene) {
        const said: string[] = [];
        openLedger(`${scene.folder}/in/a.jsonl/ledger.db`, (message) => said.push(message)).close();
        return said.join("\n");
      },
    },
    {
      when: "a ledger that cannot be used",
      text: "Cannot use ledger <DIR>/ledger.db: statement has been finalized",
      provoke(scene) {
        const ledger = new Ledger(`${scene.folder}/ledger.db`);
        ledger.close();
        return failureOf(() => ledger.get("s3://mod/", "a", "e"));
      },
    },
    {
      when: "a folder in which no uploads can be noted",
      text:
        "Continuing without notes of unfinished uploads in <DIR>/in/a.jsonl/uploads: Not a directory (os error 20): mkdir '<DIR>/in/a.jsonl/uploads'",
      provoke(scene) {
        const said: string[] = [];
        const folder = `${scene.folder}/in/a.jsonl/uploads`;
        using journal = new UploadJournal(folder, (message) => said.push(message));
        journal.begun("s3://mod/", "a", "1");
        journal.begun("s3://mod/", "b", "2");
        return said.join("\n");
      },
    },
  ],
};
