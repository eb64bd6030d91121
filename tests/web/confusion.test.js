import assert from "node:assert/strict";
import test from "node:test";

import { ANY, hueOf, keyOf, shareOfRow } from "../../dashboard/web/confusion/cells.js";

test("a cell's key is label and answer by position", () => {
  assert.equal(keyOf(0, 1), "0:1");
  assert.equal(keyOf(2, ANY), "2:*");
});

test("the shares of a row sum to 1", () => {
  const counts = [3, 0, 1];
  const shares = counts.map((_, column) => shareOfRow(counts, column));
  assert.deepEqual(shares, [0.75, 0, 0.25]);
});

test("a condition of which nothing was classified has no share", () => {
  assert.equal(shareOfRow([0, 0], 1), 0);
});

test("right and wrong answers have two colours", () => {
  assert.equal(hueOf(1, 1), hueOf(0, 0));
  assert.equal(hueOf(0, 1), hueOf(1, 0));
  assert.notEqual(hueOf(0, 0), hueOf(0, 1));
});
