// The colours of a heat map: a table of 256 colours, three bytes each, from none to strongest.

// Strength is colour and opacity, as in the report: without evidence the picture stays as it is.
// Four bytes a colour, 0xAABBGGRR: the order of little-endian machines.
export function pixelsOfStrength(colours) {
  return Uint32Array.from({ length: 256 }, (_, k) => {
    const [red, green, blue] = colours.subarray(3 * k, 3 * k + 3);
    return (k << 24) | (blue << 16) | (green << 8) | red;
  });
}

// The scale beside the map, strongest on top.
export function gradientOf(colours) {
  const stops = [255, 191, 127, 63, 0].map(
    (k) => `rgb(${colours.subarray(3 * k, 3 * k + 3).join(" ")})`,
  );
  return `linear-gradient(${stops.join()})`;
}
