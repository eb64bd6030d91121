import assert from "node:assert/strict";
import test from "node:test";

import { clamp, intervalStyle, percent, wheelFactor } from "../../dashboard/web/numbers.js";

test("a value stays between its limits", () => {
  assert.deepEqual(
    [-1, 0, 0.4, 1, 7].map((value) => clamp(value, 0, 1)),
    [0, 0, 0.4, 1, 1],
  );
});

test("where there is no room between the limits, the upper one holds", () => {
  assert.equal(clamp(50, 0, -4), -4);
});

test("the wheel zooms in upwards, and back by the same turn", () => {
  assert.ok(wheelFactor(-100) > 1);
  assert.ok(Math.abs(wheelFactor(-100) * wheelFactor(100) - 1) < 1e-12);
  assert.ok(Math.abs(wheelFactor(-400) - Math.E) < 1e-12);
});

test("a bar and its interval are shares of its width", () => {
  assert.equal(percent(0.25), "25%");
  assert.equal(intervalStyle([0.25, 0.75]), "left:25%;width:50%");
  assert.equal(intervalStyle([0.5, 0.5]), "left:50%;width:0%");
});
