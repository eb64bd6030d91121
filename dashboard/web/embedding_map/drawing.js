// The parts of the map as SVG.

import { markerPath } from "./markers.js";

function svg(kind, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

export const markerOf = ({ marker, colour }) =>
  svg("path", { d: markerPath(marker), fill: colour });

export const ringAt = (x, y) => svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 12 });

export function legendEntry(condition) {
  const picture = svg("svg", { viewBox: "-9 -9 18 18", "aria-hidden": "true" });
  picture.append(markerOf(condition));
  const entry = document.createElement("li");
  entry.append(picture, condition.label);
  return entry;
}
