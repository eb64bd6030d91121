import assert from "node:assert/strict";
import test from "node:test";

import { commandOf } from "../../dashboard/web/gallery/keys.js";
import { pickedAfter } from "../../dashboard/web/picture_list/picking.js";
import { between, stepFrom, toggled, toggledTogether } from "../../dashboard/web/selection.js";

const ORDER = ["a", "b", "c", "d", "e"];

test("a range holds both ends, whichever was clicked first", () => {
  assert.deepEqual(between(ORDER, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(ORDER, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(ORDER, "c", "c"), ["c"]);
});

test("a range from an image that is not shown any more is the clicked image alone", () => {
  assert.deepEqual(between(ORDER, "gone", "c"), ["c"]);
});

test("steps end at the first and the last image", () => {
  assert.equal(stepFrom(ORDER, "b", 2), "d");
  assert.equal(stepFrom(ORDER, "b", -3), "a");
  assert.equal(stepFrom(ORDER, "d", 3), "e");
});

test("a second click takes the mark away", () => {
  const once = toggled(new Set(["a"]), "b");
  assert.deepEqual(once, ["a", "b"]);
  assert.deepEqual(toggled(new Set(once), "b"), ["a"]);
});

test("a group is marked whole, and unmarked only where it was marked whole", () => {
  assert.deepEqual(toggledTogether(new Set(["a", "b"]), ["b", "c"]), ["a", "b", "c"]);
  assert.deepEqual(toggledTogether(new Set(["a", "b", "c"]), ["b", "c"]), ["a"]);
});

test("in a list of which one can be picked, the last click counts", () => {
  const list = { many: false, order: ORDER, picked: new Set(["a"]), anchor: "a" };
  assert.deepEqual([...pickedAfter(list, "c", true)], ["c"]);
  assert.deepEqual([...pickedAfter(list, "a", false)], ["a"]);
});

test("in a list of many, a click picks or lets go and shift picks up to it", () => {
  const list = { many: true, order: ORDER, picked: new Set(["b", "e"]), anchor: "b" };
  assert.deepEqual([...pickedAfter(list, "e", false)], ["b"]);
  assert.deepEqual([...pickedAfter(list, "d", true)].sort(), ["b", "c", "d", "e"]);
  assert.deepEqual([...pickedAfter({ ...list, anchor: null }, "d", true)], ["b", "e", "d"]);
});

const press = (key, held = {}) =>
  commandOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...held }, 4);

test("arrows go along a row of the gallery and from row to row", () => {
  const steps = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].map((key) => press(key).step);
  assert.deepEqual(steps, [1, -1, 4, -4]);
  assert.equal(press("ArrowDown").extending, false);
  assert.equal(press("ArrowDown", { shiftKey: true }).extending, true);
});

test("keys of the gallery mark, open and clear", () => {
  assert.deepEqual(press(" "), { name: "toggle" });
  assert.deepEqual(press("Enter"), { name: "open" });
  assert.deepEqual(press("Escape"), { name: "mark-none" });
  assert.deepEqual(press("a", { ctrlKey: true }), { name: "mark-all" });
  assert.deepEqual(press("a", { metaKey: true }), { name: "mark-all" });
});

test("other keys are left to the browser", () => {
  for (const key of ["a", "Tab", "F5", "toString"]) assert.equal(press(key), null);
});
