// Windows { centre, width } in the image's unit, through which stored values are seen as greys.

import { clamp } from "../numbers.js";

export const sameWindow = (one, other) =>
  one === other || (one && other && one.centre === other.centre && one.width === other.width);

// Which preset a window is; where it is none, the position after the last.
export function presetOf(presets, window) {
  const position = presets.findIndex((preset) => sameWindow(preset.window, window));
  return position < 0 ? presets.length : position;
}

// The window after a drag by so many screen pixels: wider to the right, higher level downwards,
// in proportion to its width, so that CT and MR feel alike.
export function draggedWindow({ centre, width }, dx, dy) {
  const step = Math.max(width, 1) / 200;
  return { centre: centre + dy * step, width: Math.max(width + dx * step, 1) };
}

// Linear window of PS3.3 C.11.2.1.2.1, as one table from stored level to an opaque grey.
export function greysThrough(window, { slope, intercept, inverted }) {
  const width = Math.max(window.width, 1 + 1e-6);
  const low = window.centre - 0.5 - (width - 1) / 2;
  const table = new Uint32Array(65536);
  for (let level = 0; level < 65536; level++) {
    const value = level * slope + intercept;
    const grey = clamp(Math.round((255 * (value - low)) / (width - 1)), 0, 255);
    table[level] = 0xff000000 | (0x010101 * (inverted ? 255 - grey : grey));
  }
  return table;
}

export const windowText = ({ centre, width }, labels) =>
  `${labels.level} ${Math.round(centre)} · ${labels.width} ${Math.round(width)}`;

export const valueText = (value, units) => `${Number(value.toFixed(2))} ${units}`;
