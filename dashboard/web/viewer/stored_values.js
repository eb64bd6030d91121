// What Python sends of an image, back from text: bytes, and the levels of its pixels.

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// Rows are stored as differences to the left neighbour, deflated: a CT slice shrinks to half.
export async function levelsOf({ content, width }) {
  const stream = new Blob([bytesOf(content)]).stream();
  const raw = stream.pipeThrough(new DecompressionStream("deflate"));
  const levels = new Uint16Array(await new Response(raw).arrayBuffer());
  for (let i = 0; i < levels.length; i++) if (i % width > 0) levels[i] += levels[i - 1];
  return levels;
}

// The value at a place given as shares of width and height; null beside the picture.
export function valueAt(levels, { width, height, slope, intercept }, [x, y]) {
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  return levels[Math.floor(y * height) * width + Math.floor(x * width)] * slope + intercept;
}
