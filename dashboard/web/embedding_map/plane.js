// Where the points of the map stand on screen: `zoom` about the middle of the plot, then `shift`
// in pixels. `size` is that of the plot, { width, height }.

import { clamp } from "../numbers.js";

export const WHOLE = { zoom: 1, shift: [0, 0] };
const MARGIN = 26;
const LARGEST_ZOOM = 20;

export function rangeOf(points) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    low: Math.min(...ys),
    high: Math.max(...ys),
  };
}

// Both axes have one scale, so that distances are true; y runs upwards.
export function placeOnScreen({ x, y }, { left, right, low, high }, { zoom, shift }, size) {
  const across = (size.width - 2 * MARGIN) / (right - left || 1);
  const upwards = (size.height - 2 * MARGIN) / (high - low || 1);
  const scale = Math.min(across, upwards) * zoom;
  return [
    size.width / 2 + (x - (left + right) / 2) * scale + shift[0],
    size.height / 2 - (y - (low + high) / 2) * scale + shift[1],
  ];
}

// The place under the pointer stays where it is.
export function zoomedAt(view, factor, [x, y], { width, height }) {
  const zoom = clamp(view.zoom * factor, 1, LARGEST_ZOOM);
  if (zoom === 1) return WHOLE;
  const kept = zoom / view.zoom;
  const along = (place, middle, shift) => (place - middle) * (1 - kept) + shift * kept;
  return {
    zoom,
    shift: [along(x, width / 2, view.shift[0]), along(y, height / 2, view.shift[1])],
  };
}

export const movedBy = ({ zoom, shift }, from, to) => ({
  zoom,
  shift: [shift[0] + to[0] - from[0], shift[1] + to[1] - from[1]],
});
