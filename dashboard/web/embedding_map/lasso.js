// What a pointer draws on the map: places [x, y] on screen, one after the other.

const STILL = 5; // pixels within which a finger that means to tap trembles

// The corners of the outline that a trail draws: a box from its beginning to its end, or itself.
export function outlineOf(tool, trail) {
  if (tool !== "box") return trail;
  const [[x, y], [u, v]] = [trail[0], trail.at(-1)];
  return [
    [x, y],
    [u, y],
    [u, v],
    [x, v],
  ];
}

export const isClick = (trail) =>
  trail.every(([x, y]) => Math.hypot(x - trail[0][0], y - trail[0][1]) < STILL);

// A ray from the point crosses the outline an odd number of times.
export function isInside([x, y], outline) {
  let odd = false;
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline.at(i - 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
}
