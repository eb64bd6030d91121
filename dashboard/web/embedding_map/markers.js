// The outlines of the markers, by the names that Python gives them.

const polygon = (n, turn, radii) =>
  Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n + turn;
    const radius = radii[i % radii.length];
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });

// Three corners of one arm, turned by no, one, two and three quarters.
const CROSS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
].flatMap(([cosine, sine]) =>
  [
    [-2, -6],
    [2, -6],
    [2, -2],
  ].map(([x, y]) => [cosine * x - sine * y, sine * x + cosine * y]),
);

const OUTLINES = {
  circle: polygon(24, 0, [5.6]),
  "triangle-up": polygon(3, 0, [7.4]),
  square: polygon(4, Math.PI / 4, [7.2]),
  diamond: polygon(4, 0, [7.4]),
  star: polygon(10, 0, [8.4, 3.7]),
  pentagon: polygon(5, 0, [6.8]),
  cross: CROSS,
  "triangle-down": polygon(3, Math.PI, [7.4]),
  x: CROSS.map(([x, y]) => [(x - y) * 0.8, (x + y) * 0.8]),
};

// The outline around (0, 0), in pixels, as the `d` of an SVG path.
export function markerPath(marker) {
  const corners = OUTLINES[marker].map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`);
  return `M${corners.join("L")}Z`;
}
