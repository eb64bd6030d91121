import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";

import { gradientOf, pixelsOfStrength } from "../../dashboard/web/viewer/colour_scale.js";
import { commandOf } from "../../dashboard/web/viewer/shortcuts.js";
import { levelsOf, valueAt } from "../../dashboard/web/viewer/stored_values.js";
import {
  centredOn,
  panned,
  pinchFactor,
  placeOnStage,
  pointIn,
  stageShape,
  WHOLE,
  zoomed,
} from "../../dashboard/web/viewer/view.js";
import {
  draggedWindow,
  greysThrough,
  presetOf,
  sameWindow,
  valueText,
  windowText,
} from "../../dashboard/web/viewer/windowing.js";

const STAGE = { width: 400, height: 300 };
const PICTURE = { width: 100, height: 50, aspect: 1 };

function assertNear(found, expected) {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found[i] - value) < 1e-9, `${found} is not ${expected}`);
  }
}

test("a whole picture fits its stage and stands in its middle", () => {
  const place = placeOnStage(WHOLE, STAGE, PICTURE);
  assert.deepEqual(place, { left: 0, top: 50, width: 400, height: 200, magnification: 4 });
});

test("pixels twice as high as wide are drawn so", () => {
  const { width, height } = placeOnStage(WHOLE, STAGE, { ...PICTURE, aspect: 2 });
  assert.deepEqual([width, height], [300, 300]);
});

test("a point on the stage is a share of the picture", () => {
  const place = placeOnStage(WHOLE, STAGE, PICTURE);
  assert.deepEqual(pointIn(place, 100, 50), [0.25, 0]);
  assert.deepEqual(pointIn(place, 400, 250), [1, 1]);
});

test("the place under the pointer stays where it is when zooming", () => {
  const view = zoomed(WHOLE, 4);
  const pointer = [180, 140];
  const under = pointIn(placeOnStage(view, STAGE, PICTURE), ...pointer);
  const nearer = zoomed(view, 1.5, under);
  assertNear(pointIn(placeOnStage(nearer, STAGE, PICTURE), ...pointer), under);
});

test("zoom ends at the whole picture and at 16 times", () => {
  assert.equal(zoomed(WHOLE, 0.5).zoom, 1);
  assert.equal(zoomed(WHOLE, 100).zoom, 16);
});

test("back at the whole picture, its middle is in the middle", () => {
  assert.deepEqual(zoomed({ zoom: 2, x: 0.25, y: 0.75 }, 0.1, [0, 0]), WHOLE);
});

test("the picture never leaves the stage", () => {
  assert.deepEqual(centredOn({ zoom: 2, x: 0.5, y: 0.5 }, -3, 0.9), { zoom: 2, x: 0.25, y: 0.75 });
  assert.deepEqual(centredOn(WHOLE, 0.9, 0.1), WHOLE);
});

test("an arrow moves by a share of what is seen", () => {
  assertNear(Object.values(panned({ zoom: 4, x: 0.5, y: 0.5 }, 0.1, -0.2)), [4, 0.475, 0.55]);
});

test("two fingers zoom by the ratio of their distances", () => {
  const resting = { x: 0, y: 0 };
  assert.equal(pinchFactor({ x: 3, y: 4 }, { x: 6, y: 8 }, resting), 2);
  assert.equal(pinchFactor({ x: 0, y: 0 }, { x: 6, y: 8 }, resting), 10); // no division by 0
});

test("a stage is never a narrow strip", () => {
  assert.equal(stageShape({ width: 100, height: 80, aspect: 1 }), 1.25);
  assert.equal(stageShape({ width: 100, height: 100, aspect: 1.25 }), 0.8);
  assert.equal(stageShape({ width: 900, height: 10, aspect: 1 }), 2);
  assert.equal(stageShape({ width: 10, height: 900, aspect: 1 }), 0.6);
});

// PS3.3 C.11.2.1.2.1: y = ((x - (c - 0.5)) / (w - 1) + 0.5) * 255, black below, white above.
function greyByTheStandard(x, { centre: c, width: w }) {
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  if (x > c - 0.5 + (w - 1) / 2) return 255;
  return Math.round(((x - (c - 0.5)) / (w - 1) + 0.5) * 255);
}
const greyOf = (pixel) => pixel & 0xff;

test("a window gives the greys of the standard", () => {
  const values = { slope: 1, intercept: -1024, inverted: false };
  for (const window of [
    { centre: 40, width: 400 },
    { centre: -600, width: 1500 },
    { centre: 0, width: 2 },
  ]) {
    const table = greysThrough(window, values);
    for (const value of [-1024, -1000, -601, -160, -159, 0, 39, 40, 41, 239, 240, 3000]) {
      assert.equal(greyOf(table[value + 1024]), greyByTheStandard(value, window));
    }
  }
});

test("a window of one value is a threshold", () => {
  const table = greysThrough({ centre: 10, width: 1 }, { slope: 1, intercept: 0, inverted: false });
  assert.deepEqual(
    [9, 10].map((value) => greyOf(table[value])),
    [0, 255],
  );
});

test("greys are opaque and all three colours alike; inverted, they are the rest to white", () => {
  const window = { centre: 100, width: 200 };
  const plain = greysThrough(window, { slope: 1, intercept: 0, inverted: false });
  const inverted = greysThrough(window, { slope: 1, intercept: 0, inverted: true });
  for (const level of [0, 1, 50, 100, 150, 65535]) {
    const grey = greyOf(plain[level]);
    assert.equal(plain[level], 0xff000000 + 0x010101 * grey);
    assert.equal(inverted[level], 0xff000000 + 0x010101 * (255 - grey));
  }
});

test("a drag widens to the right and lifts the level downwards, in proportion", () => {
  const ct = draggedWindow({ centre: 40, width: 400 }, 50, 10);
  assert.deepEqual(ct, { centre: 60, width: 500 });
  assert.equal(draggedWindow({ centre: 40, width: 400 }, -9999, 0).width, 1);
  assert.equal(draggedWindow({ centre: 0, width: 0 }, 200, 0).width, 1); // not stuck at nothing
});

test("a preset is recognised by its numbers, another window is none of them", () => {
  const presets = [{ window: null }, { window: { centre: 40, width: 400 } }];
  assert.equal(presetOf(presets, { centre: 40, width: 400 }), 1);
  assert.equal(presetOf(presets, null), 0);
  assert.equal(presetOf(presets, { centre: 41, width: 400 }), 2);
  assert.ok(!sameWindow(null, { centre: 40, width: 400 }));
});

test("levels come back from the differences of each row, which wrap round", async () => {
  const differences = Uint16Array.from([65535, 1, 5, /* next row */ 7, 65535, 0]);
  const content = deflateSync(Buffer.from(differences.buffer)).toString("base64");
  const levels = await levelsOf({ content, width: 3 });
  assert.deepEqual([...levels], [65535, 0, 5, 7, 6, 6]);
});

test("the value under the pointer is the stored one in the image's unit", () => {
  const stored = { width: 2, height: 2, slope: 0.5, intercept: -10 };
  const levels = Uint16Array.from([0, 2, 4, 40]);
  assert.equal(valueAt(levels, stored, [0.1, 0.1]), -10);
  assert.equal(valueAt(levels, stored, [0.5, 0.49]), -9);
  assert.equal(valueAt(levels, stored, [0.99, 0.99]), 10);
});

test("beside the picture there is no value", () => {
  const stored = { width: 1, height: 1, slope: 1, intercept: 0 };
  for (const point of [
    [-0.01, 0],
    [1, 0],
    [0, -0.01],
    [0, 1],
  ]) {
    assert.equal(valueAt(Uint16Array.of(9), stored, point), null);
  }
});

test("the readout rounds windows to whole numbers and values to hundredths", () => {
  const labels = { level: "Level", width: "Width" };
  assert.equal(windowText({ centre: 39.6, width: 400.2 }, labels), "Level 40 · Width 400");
  assert.equal(valueText(-1024, "HU"), "-1024 HU");
  assert.equal(valueText(0.12345, "SUV"), "0.12 SUV");
  assert.equal(valueText(2.5, "HU"), "2.5 HU");
});

const COLOURS = Uint8Array.from({ length: 768 }, (_, i) => [Math.floor(i / 3), 2, 3][i % 3]);

test("strength is both colour and opacity", () => {
  const pixels = pixelsOfStrength(COLOURS);
  const bytes = new Uint8Array(pixels.buffer); // red, green, blue, opacity, as a canvas reads them
  assert.deepEqual([...bytes.subarray(0, 4)], [0, 2, 3, 0]);
  assert.deepEqual([...bytes.subarray(4 * 200, 4 * 201)], [200, 2, 3, 200]);
  assert.deepEqual([...bytes.subarray(4 * 255)], [255, 2, 3, 255]);
});

test("the scale runs from the strongest colour down", () => {
  const gradient = gradientOf(COLOURS);
  assert.ok(gradient.startsWith("linear-gradient(rgb(255 2 3),rgb(191 2 3)"));
  assert.ok(gradient.endsWith(",rgb(0 2 3))"));
});

const press = (key, event = {}) => commandOf({ key, target: { tagName: "DIV" }, ...event }, 3);

test("keys zoom, move and reset", () => {
  assert.deepEqual(press("+"), ["zoomBy", 1.25]);
  assert.deepEqual(press("="), ["zoomBy", 1.25]);
  assert.deepEqual(press("-"), ["zoomBy", 0.8]);
  assert.deepEqual(press("0"), ["reset"]);
  assert.deepEqual(press("ArrowLeft"), ["pan", 0.1, 0]);
  assert.deepEqual(press("]"), ["changeOpacity", 10]);
});

test("digits choose as many presets as there are", () => {
  assert.deepEqual(press("1"), ["choosePreset", 0]);
  assert.deepEqual(press("3"), ["choosePreset", 2]);
  assert.equal(press("4"), null);
});

test("keys of the browser, of controls and unknown ones are not the viewer's", () => {
  assert.equal(press("+", { ctrlKey: true }), null);
  assert.equal(press("0", { metaKey: true }), null);
  assert.equal(press("h", { altKey: true }), null);
  assert.equal(press("ArrowLeft", { target: { tagName: "INPUT" } }), null);
  assert.equal(press("1", { target: { tagName: "SELECT" } }), null);
  for (const key of ["Tab", "toString", " ", ""]) assert.equal(press(key), null);
});
