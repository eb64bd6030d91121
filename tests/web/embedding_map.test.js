import assert from "node:assert/strict";
import test from "node:test";

import { isClick, isInside, outlineOf } from "../../dashboard/web/embedding_map/lasso.js";
import { markerPath } from "../../dashboard/web/embedding_map/markers.js";
import {
  movedBy,
  placeOnScreen,
  rangeOf,
  WHOLE,
  zoomedAt,
} from "../../dashboard/web/embedding_map/plane.js";

const SIZE = { width: 452, height: 252 }; // 400 and 200 pixels within the margins of 26
const POINTS = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
  { x: 4, y: 1 },
];
const place = (point, view = WHOLE) => placeOnScreen(point, rangeOf(POINTS), view, SIZE);

function assertNear(found, expected) {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found[i] - value) < 1e-9, `${found} is not ${expected}`);
  }
}

test("the points fill the plot up to its margin, in one scale, y upwards", () => {
  assertNear(place({ x: 0, y: 0.5 }), [26, 126]);
  assertNear(place({ x: 4, y: 0.5 }), [426, 126]);
  assertNear(place({ x: 2, y: 1 }), [226, 76]); // 100 pixels a unit: half a unit above the middle
});

test("points that all lie in one place stand in the middle", () => {
  const range = rangeOf([{ x: 3, y: 3 }]);
  assertNear(placeOnScreen({ x: 3, y: 3 }, range, WHOLE, SIZE), [226, 126]);
});

test("what is under the pointer stays there when zooming", () => {
  const moved = movedBy({ zoom: 2, shift: [5, -3] }, [0, 0], [10, 20]);
  const before = place(POINTS[1], moved);
  assertNear(place(POINTS[1], zoomedAt(moved, 1.7, before, SIZE)), before);
});

test("zooming in and out again by the same is no change", () => {
  const near = zoomedAt(WHOLE, 3, [100, 50], SIZE);
  const view = zoomedAt(near, 0.5, [300, 60], SIZE);
  const back = zoomedAt(view, 2, [300, 60], SIZE);
  assertNear([back.zoom, ...back.shift], [near.zoom, ...near.shift]);
});

test("the whole map is the smallest, 20 times the largest", () => {
  assert.deepEqual(zoomedAt({ zoom: 2, shift: [40, 7] }, 0.1, [9, 9], SIZE), WHOLE);
  assert.equal(zoomedAt(WHOLE, 1000, [9, 9], SIZE).zoom, 20);
});

test("moving shifts every point by what the pointer went", () => {
  const view = movedBy({ zoom: 3, shift: [1, 2] }, [10, 10], [4, 15]);
  assert.deepEqual(view, { zoom: 3, shift: [-5, 7] });
});

const NOTCHED = [
  [0, 0],
  [10, 0],
  [10, 10],
  [5, 4],
  [0, 10],
]; // a square with a notch from below

test("a lasso holds what it encloses, notches left out", () => {
  assert.ok(isInside([2, 2], NOTCHED));
  assert.ok(isInside([1, 8], NOTCHED));
  assert.ok(!isInside([5, 8], NOTCHED));
  assert.ok(!isInside([11, 5], NOTCHED));
  assert.ok(!isInside([5, -1], NOTCHED));
});

test("a lasso holds the same whichever way round it is drawn", () => {
  const turned = NOTCHED.toReversed();
  for (const point of [
    [2, 2],
    [1, 8],
    [5, 8],
    [11, 5],
  ]) {
    assert.equal(isInside(point, turned), isInside(point, NOTCHED));
  }
});

test("nothing lies in a lasso of one place or none", () => {
  assert.ok(!isInside([1, 1], []));
  assert.ok(!isInside([1, 1], [[1, 1]]));
});

test("a box runs from where the pointer went down to where it is, in any direction", () => {
  const trail = [
    [8, 9],
    [5, 5],
    [2, 3],
  ];
  const box = outlineOf("box", trail);
  assert.ok(isInside([5, 5], box));
  assert.ok(!isInside([1, 5], box));
  assert.ok(!isInside([5, 2], box));
  assert.equal(outlineOf("lasso", trail), trail);
});

test("a finger that trembles has clicked, one that goes further has drawn", () => {
  assert.ok(
    isClick([
      [10, 10],
      [13, 13],
      [10, 10],
    ]),
  );
  assert.ok(
    !isClick([
      [10, 10],
      [15, 10],
      [10, 10],
    ]),
  );
});

test("markers are closed outlines around their middle", () => {
  const square = markerPath("square");
  const side = ((7.2 * Math.SQRT2) / 2).toFixed(2);
  assert.equal(square, `M${side},-${side}L${side},${side}L-${side},${side}L-${side},-${side}Z`);
  assert.equal(markerPath("cross").split("L").length, 12);
  assert.equal(markerPath("triangle-up").split("L")[0], "M0.00,-7.40");
});
