// What a canvas shows of an image: a decoded picture, or values seen through a window.

import { pixelsOfStrength } from "./colour_scale.js";
import { bytesOf, levelsOf, valueAt } from "./stored_values.js";
import { greysThrough } from "./windowing.js";

function bitmapOf(base64) {
  return createImageBitmap(new Blob([bytesOf(base64)]), { colorSpaceConversion: "none" });
}

function blankCanvas({ width, height }) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

// Each pixel's colour is that of its level in the table.
function paintLevels(pen, levels, table) {
  const shown = pen.createImageData(pen.canvas.width, pen.canvas.height);
  const pixels = new Uint32Array(shown.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[levels[i]];
  pen.putImageData(shown, 0, 0);
}

export class Picture {
  static async from(data) {
    const picture = new Picture();
    picture.aspect = data.pixel_aspect;
    picture.stored = data.values;
    picture.bitmap = data.picture ? await bitmapOf(data.picture) : null;
    picture.levels = data.values ? await levelsOf(data.values) : null;
    picture.canvas = blankCanvas(picture.bitmap ?? data.values);
    return picture;
  }

  get shape() {
    return { width: this.canvas.width, height: this.canvas.height, aspect: this.aspect };
  }

  paint(window, inverted) {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    if (window === null || this.levels === null) return this.paintBitmap(pen, inverted);
    const { width, height } = this.stored;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const form = { ...this.stored, inverted: inverted !== this.stored.inverted };
    paintLevels(pen, this.levels, greysThrough(window, form));
  }

  paintBitmap(pen, inverted) {
    pen.filter = inverted ? "invert(1)" : "none";
    pen.drawImage(this.bitmap, 0, 0, this.canvas.width, this.canvas.height);
    pen.filter = "none";
  }

  valueAt(point) {
    return this.levels === null ? null : valueAt(this.levels, this.stored, point);
  }
}

export class HeatMap {
  static async from(base64) {
    const map = new HeatMap();
    const bitmap = await bitmapOf(base64);
    map.canvas = blankCanvas(bitmap);
    const pen = map.canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0);
    const grey = pen.getImageData(0, 0, bitmap.width, bitmap.height).data;
    map.strength = Uint8Array.from({ length: grey.length / 4 }, (_, i) => grey[4 * i]);
    return map;
  }

  paint(colours) {
    paintLevels(this.canvas.getContext("2d"), this.strength, pixelsOfStrength(colours));
  }
}
