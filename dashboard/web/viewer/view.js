// What part of a picture is seen: how much it is magnified, and which place, as shares of its
// width and height, stands in the middle of the stage.

import { clamp } from "../numbers.js";

export const WHOLE = { zoom: 1, x: 0.5, y: 0.5 };
const LARGEST_ZOOM = 16;

// The place under the pointer stays where it is.
export function zoomed(view, factor, [x, y] = [view.x, view.y]) {
  const zoom = clamp(view.zoom * factor, 1, LARGEST_ZOOM);
  const kept = view.zoom / zoom;
  return centredOn({ ...view, zoom }, x + (view.x - x) * kept, y + (view.y - y) * kept);
}

// By shares of what is seen, to the right and down.
export function panned(view, x, y) {
  return centredOn(view, view.x - x / view.zoom, view.y - y / view.zoom);
}

// The picture never leaves the stage.
export function centredOn(view, x, y) {
  const margin = 0.5 / view.zoom;
  return { ...view, x: clamp(x, margin, 1 - margin), y: clamp(y, margin, 1 - margin) };
}

// Where the picture is drawn on a stage, both { width, height } in pixels. A pixel of the picture
// is `aspect` times as high as wide.
export function placeOnStage(view, stage, { width, height, aspect }) {
  const fit = Math.min(stage.width / width, stage.height / (height * aspect)) * view.zoom;
  const size = { width: width * fit, height: height * aspect * fit };
  return {
    left: stage.width / 2 - view.x * size.width,
    top: stage.height / 2 - view.y * size.height,
    ...size,
    magnification: fit,
  };
}

// The place in the picture, as shares, of a point on the stage.
export function pointIn({ left, top, width, height }, x, y) {
  return [(x - left) / width, (y - top) / height];
}

// How much two fingers zoom when one of them moves and the other rests.
export function pinchFactor(before, now, resting) {
  const distance = ({ x, y }) => Math.hypot(x - resting.x, y - resting.y);
  return distance(now) / Math.max(distance(before), 1);
}

// A stage has the picture's shape, but is never a narrow strip.
export const stageShape = ({ width, height, aspect }) => clamp(width / (height * aspect), 0.6, 2);
