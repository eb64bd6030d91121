// The viewer: plain image and overlay side by side, one view (zoom, place, window) for both.
// It lives in the browser alone; nothing it does runs the page again.

import { clamp } from "../numbers.js";
import { HeatMap, Picture } from "./picture.js";
import { listenToPointers } from "./pointers.js";
import { commandOf } from "./shortcuts.js";
import { bytesOf } from "./stored_values.js";
import { label, showColours, showState } from "./toolbar.js";
import { centredOn, panned, placeOnStage, pointIn, stageShape, WHOLE, zoomed } from "./view.js";
import { draggedWindow, valueText } from "./windowing.js";

const viewers = new WeakMap();
const remembered = { opacity: null, colours: "inferno" }; // from image to image
const density = () => window.devicePixelRatio || 1;

class Viewer {
  constructor(root) {
    this.root = root.querySelector(".viewer");
    this.panes = [...this.root.querySelectorAll(".pane")].map((figure) => ({
      stage: figure.querySelector(".stage"),
      canvas: figure.querySelector("canvas"),
    }));
    this.windowing = false;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.root);
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
    label(this.root, data);
    if (isAnother) this.reset();
    this.colour(remembered.colours);
  }

  reset() {
    Object.assign(this, { view: WHOLE, inverted: false, underPointer: "" });
    this.window = this.data.window;
    this.repaint();
  }

  colour(chosen) {
    const names = Object.keys(this.data.colours);
    const position = Math.max(names.indexOf(chosen), 0);
    remembered.colours = names[position];
    const colours = bytesOf(this.data.colours[remembered.colours]);
    showColours(this.root, colours, position);
    this.heatMap?.paint(colours);
    this.draw();
  }

  repaint() {
    this.picture.paint(this.window, this.inverted);
    this.draw();
  }

  draw() {
    if (!this.picture) return;
    for (const { stage, canvas } of this.panes) {
      stage.style.aspectRatio = stageShape(this.picture.shape);
      this.drawPane(canvas);
    }
    showState(this.root, this);
  }

  drawPane(canvas) {
    const { clientWidth, clientHeight } = canvas;
    if (clientWidth === 0) return;
    canvas.width = clientWidth * density();
    canvas.height = clientHeight * density();
    canvas.style.touchAction = this.view.zoom > 1 || this.windowing ? "none" : "pan-y";
    canvas.place = placeOnStage(this.view, canvas, this.picture.shape);
    const { left, top, width, height, magnification } = canvas.place;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = magnification < 4;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.picture.canvas, left, top, width, height);
    if (canvas !== this.panes[1].canvas || !this.heatMap) return;
    pen.imageSmoothingEnabled = true;
    pen.globalAlpha = this.opacity / 100;
    pen.drawImage(this.heatMap.canvas, left, top, width, height);
  }

  look(view) {
    this.view = view;
    this.draw();
  }

  zoomBy(factor, point) {
    this.look(zoomed(this.view, factor, point));
  }

  pan(x, y) {
    this.look(panned(this.view, x, y));
  }

  // By so many screen pixels.
  drag(canvas, dx, dy) {
    const { width, height } = canvas.place;
    const { x, y } = this.view;
    this.look(centredOn(this.view, x - (dx * density()) / width, y - (dy * density()) / height));
  }

  changeWindow(dx, dy) {
    if (!this.picture.levels) return;
    const from = this.window ?? this.data.presets[0]?.window ?? this.data.full_window;
    this.window = draggedWindow(from, dx, dy);
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
    this.opacity = clamp(Number(opacity), 0, 100);
    remembered.opacity = this.opacity;
    this.draw();
  }

  changeOpacity(step) {
    this.setOpacity(this.opacity + step);
  }

  toggleHeatMap() {
    const hidden = this.opacity === 0;
    if (!hidden) this.shownOpacity = this.opacity;
    this.setOpacity(hidden ? (this.shownOpacity ?? this.data.opacity) : 0);
  }

  pointAt({ currentTarget, offsetX, offsetY }) {
    return pointIn(currentTarget.place, offsetX * density(), offsetY * density());
  }

  readValue(event) {
    if (!this.picture) return;
    const value = this.picture.valueAt(this.pointAt(event));
    this.underPointer = value === null ? "" : valueText(value, this.data.units);
    showState(this.root, this);
  }

  listen() {
    for (const { canvas } of this.panes) listenToPointers(this, canvas);
    const on = (selector, event, act) =>
      this.root.querySelector(selector).addEventListener(event, act);
    on(".zoom-in", "click", () => this.zoomBy(1.25));
    on(".zoom-out", "click", () => this.zoomBy(0.8));
    on(".reset", "click", () => this.reset());
    on(".invert", "click", () => this.toggleInverted());
    on(".tool", "click", () => this.toggleTool());
    on(".opacity", "input", (event) => this.setOpacity(event.target.value));
    on(".preset", "change", (event) => this.choosePreset(event.target.selectedIndex));
    on(".colours", "change", ({ target }) =>
      this.colour(target.options[target.selectedIndex].text),
    );
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const command = commandOf(event, this.data.values ? this.data.presets.length : 0);
    if (!command) return;
    const [name, ...values] = command;
    this[name](...values);
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }
}

export default function ({ parentElement, data }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement));
  viewers.get(parentElement).show(data);
}
