// The viewer: plain image and overlay side by side, one view (zoom, place, window) for both.
// It lives in the browser alone; nothing it does runs the page again.

import { bytesOf, clamp, HeatMap, Picture } from "./picture.js";
import { listenToPointers } from "./pointers.js";

const LARGEST_ZOOM = 16;
const KEYS = {
  "+": (viewer) => viewer.zoomBy(1.25),
  "=": (viewer) => viewer.zoomBy(1.25),
  "-": (viewer) => viewer.zoomBy(0.8),
  0: (viewer) => viewer.reset(),
  i: (viewer) => viewer.toggleInverted(),
  w: (viewer) => viewer.toggleTool(),
  h: (viewer) => viewer.toggleHeatMap(),
  "[": (viewer) => viewer.setOpacity(viewer.opacity - 10),
  "]": (viewer) => viewer.setOpacity(viewer.opacity + 10),
  ArrowLeft: (viewer) => viewer.pan(0.1, 0),
  ArrowRight: (viewer) => viewer.pan(-0.1, 0),
  ArrowUp: (viewer) => viewer.pan(0, 0.1),
  ArrowDown: (viewer) => viewer.pan(0, -0.1),
};
const viewers = new WeakMap();
const remembered = { opacity: null, colours: "inferno" }; // from image to image

class Viewer {
  constructor(root) {
    this.root = root.querySelector(".viewer");
    this.panes = [...this.root.querySelectorAll(".pane")].map((figure) => ({
      figure,
      stage: figure.querySelector(".stage"),
      canvas: figure.querySelector("canvas"),
    }));
    this.windowing = false;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  async show(data) {
    const isAnother = this.data?.image !== data.image;
    const order = (this.order ?? 0) + 1;
    this.order = order;
    const picture = isAnother ? await Picture.from(data) : this.picture;
    const heatMap = data.heat_map ? await HeatMap.from(data.heat_map) : null;
    if (order !== this.order) return; // a later image was faster
    Object.assign(this, { data, picture, heatMap });
    this.opacity = remembered.opacity ?? data.opacity;
    this.label();
    if (isAnother) this.reset();
    this.colour(remembered.colours);
  }

  label() {
    const { labels, presets, values } = this.data;
    for (const place of this.root.querySelectorAll("[data-label], [data-text]")) {
      place.textContent = labels[place.dataset.label ?? place.dataset.text];
    }
    for (const place of this.root.querySelectorAll("[data-name]")) {
      place.setAttribute("aria-label", labels[place.dataset.name]);
      place.title = labels[place.dataset.name];
    }
    this.root.setAttribute("aria-label", this.data.title);
    const [plain, overlay] = this.panes;
    plain.canvas.setAttribute("aria-label", this.data.title);
    plain.figure.querySelector("figcaption").textContent = this.data.title;
    overlay.canvas.setAttribute("aria-label", this.data.heat_title);
    overlay.figure.querySelector("figcaption").textContent = this.data.heat_title;
    for (const part of this.root.querySelectorAll(".heat-only")) part.hidden = !this.heatMap;
    this.find(".values-only").hidden = !values;
    this.fill(".preset", [...presets.map((preset) => preset.label), labels.custom]);
    this.fill(".colours", Object.keys(this.data.colours));
    this.listShortcuts();
  }

  fill(selector, options) {
    this.find(selector).replaceChildren(...options.map((text, i) => new Option(text, i)));
  }

  listShortcuts() {
    const rows = this.data.shortcuts.flatMap(([keys, text]) => {
      const term = Object.assign(document.createElement("dt"), { textContent: keys });
      return [term, Object.assign(document.createElement("dd"), { textContent: text })];
    });
    this.find("dl").replaceChildren(...rows);
  }

  reset() {
    Object.assign(this, { zoom: 1, x: 0.5, y: 0.5, inverted: false, underPointer: "" });
    this.window = this.data.window;
    this.repaint();
  }

  colour(name) {
    remembered.colours = name in this.data.colours ? name : Object.keys(this.data.colours)[0];
    this.find(".colours").selectedIndex = Object.keys(this.data.colours).indexOf(
      remembered.colours,
    );
    const table = bytesOf(this.data.colours[remembered.colours]);
    const stops = [255, 191, 127, 63, 0].map(
      (k) => `rgb(${table.subarray(3 * k, 3 * k + 3).join(" ")})`,
    );
    this.find(".scale i").style.background = `linear-gradient(${stops.join()})`;
    this.heatMap?.paint(table);
    this.draw();
  }

  repaint() {
    this.picture.paint(this.window, this.inverted);
    this.draw();
  }

  draw() {
    if (!this.picture) return;
    const { canvas: shown, aspect } = this.picture;
    for (const { stage, canvas } of this.panes) {
      stage.style.aspectRatio = clamp(shown.width / (shown.height * aspect), 0.6, 2);
      this.drawPane(canvas, shown, aspect);
    }
    this.tell();
  }

  drawPane(canvas, shown, aspect) {
    const density = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0) return;
    canvas.width = clientWidth * density;
    canvas.height = clientHeight * density;
    canvas.style.touchAction = this.zoom > 1 || this.windowing ? "none" : "pan-y";
    const fit =
      Math.min(canvas.width / shown.width, canvas.height / (shown.height * aspect)) * this.zoom;
    const [width, height] = [shown.width * fit, shown.height * aspect * fit];
    const place = [
      canvas.width / 2 - this.x * width,
      canvas.height / 2 - this.y * height,
      width,
      height,
    ];
    canvas.place = place;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = fit < 4;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(shown, ...place);
    if (canvas !== this.panes[1].canvas || !this.heatMap) return;
    pen.imageSmoothingEnabled = true;
    pen.globalAlpha = this.opacity / 100;
    pen.drawImage(this.heatMap.canvas, ...place);
  }

  tell() {
    this.find(".zoom").textContent = `${Math.round(this.zoom * 100)} %`;
    this.find(".opacity").value = this.opacity;
    this.find(".invert").setAttribute("aria-pressed", this.inverted);
    this.find(".tool").setAttribute("aria-pressed", this.windowing);
    this.root.classList.toggle("windowing", this.windowing);
    const { presets, labels } = this.data;
    const chosen = presets.findIndex(({ window }) => sameWindow(window, this.window));
    this.find(".preset").selectedIndex = chosen < 0 ? presets.length : chosen;
    const { centre, width } = this.window ?? {};
    const seenThrough =
      this.window && `${labels.level} ${Math.round(centre)} · ${labels.width} ${Math.round(width)}`;
    this.find(".readout").textContent = [seenThrough, this.underPointer]
      .filter(Boolean)
      .join("  ·  ");
  }

  zoomBy(factor, [x, y] = [this.x, this.y]) {
    const zoom = clamp(this.zoom * factor, 1, LARGEST_ZOOM);
    const kept = this.zoom / zoom; // the place under the pointer stays
    this.zoom = zoom;
    this.moveTo(x + (this.x - x) * kept, y + (this.y - y) * kept);
  }

  pan(x, y) {
    this.moveTo(this.x - x / this.zoom, this.y - y / this.zoom);
  }

  moveTo(x, y) {
    const margin = 0.5 / this.zoom; // the picture never leaves the stage
    this.x = clamp(x, margin, 1 - margin);
    this.y = clamp(y, margin, 1 - margin);
    this.draw();
  }

  changeWindow(dx, dy) {
    if (!this.picture.levels) return;
    const from = this.window ?? this.data.presets[0]?.window ?? this.data.full_window;
    const step = Math.max(from.width, 1) / 200; // in proportion: CT and MR feel alike
    this.window = { centre: from.centre + dy * step, width: Math.max(from.width + dx * step, 1) };
    this.repaint();
  }

  choosePreset(index) {
    this.window = this.data.presets[index]?.window ?? this.window;
    this.repaint();
  }

  toggleInverted() {
    this.inverted = !this.inverted;
    this.repaint();
  }

  toggleTool() {
    this.windowing = !this.windowing && Boolean(this.picture.levels);
    this.draw();
  }

  setOpacity(opacity) {
    this.opacity = remembered.opacity = clamp(Number(opacity), 0, 100);
    this.draw();
  }

  toggleHeatMap() {
    const hidden = this.opacity === 0;
    if (!hidden) this.shownOpacity = this.opacity;
    this.setOpacity(hidden ? (this.shownOpacity ?? this.data.opacity) : 0);
  }

  pointAt(event) {
    const canvas = event.currentTarget;
    const density = window.devicePixelRatio || 1;
    const [left, top, width, height] = canvas.place;
    return [(event.offsetX * density - left) / width, (event.offsetY * density - top) / height];
  }

  readValue(event) {
    const [x, y] = this.pointAt(event);
    const inside = x >= 0 && x < 1 && y >= 0 && y < 1;
    const value = inside ? this.picture.valueAt(x, y) : null;
    this.underPointer = value === null ? "" : `${Number(value.toFixed(2))} ${this.data.units}`;
    this.tell();
  }

  listen() {
    for (const { canvas } of this.panes) listenToPointers(this, canvas);
    const on = (selector, event, act) => this.find(selector).addEventListener(event, act);
    on(".zoom-in", "click", () => this.zoomBy(1.25));
    on(".zoom-out", "click", () => this.zoomBy(0.8));
    on(".reset", "click", () => this.reset());
    on(".invert", "click", () => this.toggleInverted());
    on(".tool", "click", () => this.toggleTool());
    on(".opacity", "input", (event) => this.setOpacity(event.target.value));
    on(".preset", "change", (event) => this.choosePreset(event.target.selectedIndex));
    on(".colours", "change", (event) =>
      this.colour(Object.keys(this.data.colours)[event.target.selectedIndex]),
    );
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (["SELECT", "INPUT", "SUMMARY"].includes(event.target.tagName)) return;
    const preset = Number(event.key) - 1;
    if (this.data.values && preset in this.data.presets) this.choosePreset(preset);
    else if (event.key in KEYS) KEYS[event.key](this);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }
}

const sameWindow = (one, other) =>
  one === other || (one && other && one.centre === other.centre && one.width === other.width);

export default function ({ parentElement, data }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement));
  viewers.get(parentElement).show(data);
}
