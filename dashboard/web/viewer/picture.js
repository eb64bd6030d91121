// What a canvas shows of an image: a decoded picture, or values seen through a window.
// Colours are written four bytes at a time as 0xAABBGGRR, the order of little-endian machines.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

async function bitmapOf(base64) {
  return createImageBitmap(new Blob([bytesOf(base64)]), { colorSpaceConversion: "none" });
}

// Rows are stored as differences to the left neighbour, deflated: a CT slice shrinks to half.
async function valuesOf(stored) {
  const stream = new Blob([bytesOf(stored.content)]).stream();
  const raw = stream.pipeThrough(new DecompressionStream("deflate"));
  const levels = new Uint16Array(await new Response(raw).arrayBuffer());
  for (let y = 0; y < stored.height; y++) {
    for (let i = y * stored.width + 1; i < (y + 1) * stored.width; i++) levels[i] += levels[i - 1];
  }
  return levels;
}

function blankCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export class Picture {
  static async from(data) {
    const picture = new Picture();
    picture.aspect = data.pixel_aspect;
    picture.stored = data.values;
    picture.bitmap = data.picture ? await bitmapOf(data.picture) : null;
    picture.levels = data.values ? await valuesOf(data.values) : null;
    const source = picture.bitmap ?? data.values;
    picture.canvas = blankCanvas(source.width, source.height);
    return picture;
  }

  // Linear window of PS3.3 C.11.2.1.2.1, as one table from stored level to an opaque grey.
  greysThrough(window, inverted) {
    const { slope, intercept } = this.stored;
    const width = Math.max(window.width, 1 + 1e-6);
    const low = window.centre - 0.5 - (width - 1) / 2;
    const table = new Uint32Array(65536);
    for (let level = 0; level < 65536; level++) {
      const shown = clamp(
        Math.round((255 * (level * slope + intercept - low)) / (width - 1)),
        0,
        255,
      );
      table[level] = 0xff000000 | (0x010101 * (inverted ? 255 - shown : shown));
    }
    return table;
  }

  paint(window, inverted) {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    if (window === null || this.levels === null) return this.paintBitmap(pen, inverted);
    const table = this.greysThrough(window, inverted !== this.stored.inverted);
    if (this.canvas.width !== this.stored.width) this.canvas.width = this.stored.width;
    if (this.canvas.height !== this.stored.height) this.canvas.height = this.stored.height;
    const shown = pen.createImageData(this.stored.width, this.stored.height);
    const greys = new Uint32Array(shown.data.buffer);
    for (let i = 0; i < greys.length; i++) greys[i] = table[this.levels[i]];
    pen.putImageData(shown, 0, 0);
  }

  paintBitmap(pen, inverted) {
    pen.filter = inverted ? "invert(1)" : "none";
    pen.drawImage(this.bitmap, 0, 0, this.canvas.width, this.canvas.height);
    pen.filter = "none";
  }

  valueAt(x, y) {
    if (this.levels === null) return null;
    const column = Math.floor(x * this.stored.width);
    const row = Math.floor(y * this.stored.height);
    return (
      this.levels[row * this.stored.width + column] * this.stored.slope + this.stored.intercept
    );
  }
}

export class HeatMap {
  static async from(base64) {
    const map = new HeatMap();
    const bitmap = await bitmapOf(base64);
    map.canvas = blankCanvas(bitmap.width, bitmap.height);
    const pen = map.canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0);
    const grey = pen.getImageData(0, 0, bitmap.width, bitmap.height).data;
    map.strength = Uint8Array.from({ length: grey.length / 4 }, (_, i) => grey[4 * i]);
    return map;
  }

  // Strength is colour and opacity, as in the report: without evidence the picture stays as it is.
  paint(colours) {
    const pen = this.canvas.getContext("2d");
    const shown = pen.createImageData(this.canvas.width, this.canvas.height);
    const table = Uint32Array.from({ length: 256 }, (_, k) => {
      const [red, green, blue] = colours.subarray(3 * k, 3 * k + 3);
      return (k << 24) | (blue << 16) | (green << 8) | red;
    });
    const painted = new Uint32Array(shown.data.buffer);
    for (let i = 0; i < painted.length; i++) painted[i] = table[this.strength[i]];
    pen.putImageData(shown, 0, 0);
  }
}
