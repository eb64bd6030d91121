import assert from "node:assert/strict";
import test from "node:test";

import { withPaths } from "../../dashboard/web/folder_drop/entries.js";

// Entries as the File and Directory Entries API gives them, with Node's own File.
const fileEntry = (fullPath) => ({
  isFile: true,
  fullPath,
  file: (found) => found(new File(["content"], fullPath.split("/").at(-1))),
});
const folderEntry = (...batches) => ({
  isFile: false,
  createReader: () => ({ readEntries: (found) => found(batches.shift() ?? []) }),
});

const fileOf = (entry) => new Promise((found, failed) => entry.file(found, failed));
const entriesOf = (reader) => new Promise((found, failed) => reader.readEntries(found, failed));

test("a file of a dropped folder names its path, without the leading slash", async () => {
  const file = await fileOf(withPaths(fileEntry("/naevus/patient 1/a.png")));
  assert.equal(file.webkitRelativePath, "naevus/patient 1/a.png");
  assert.equal(file.name, "a.png");
});

test("so do the files of its folders, batch by batch", async () => {
  const inner = folderEntry([fileEntry("/naevus/p1/a.png")], [fileEntry("/naevus/p1/b.png")]);
  const reader = withPaths(folderEntry([inner])).createReader();
  const [folder] = await entriesOf(reader);
  const innerReader = folder.createReader();
  const files = [await entriesOf(innerReader), await entriesOf(innerReader)].flat();
  const paths = (await Promise.all(files.map(fileOf))).map((file) => file.webkitRelativePath);
  assert.deepEqual(paths, ["naevus/p1/a.png", "naevus/p1/b.png"]);
  assert.deepEqual(await entriesOf(innerReader), []);
});
