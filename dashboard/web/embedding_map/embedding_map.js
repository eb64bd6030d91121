// The embedding map: lasso and box open images, a click on a point marks it, marks are ringed.
// Python sends {map, points, legend, inside, marked, labels}; this sends {kind, ids} back.

import { clamp, wheelFactor } from "../numbers.js";
import { legendEntry, markerOf, ringAt } from "./drawing.js";
import { isClick, isInside, outlineOf } from "./lasso.js";
import { movedBy, placeOnScreen, rangeOf, WHOLE, zoomedAt } from "./plane.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  root.map ??= new EmbeddingMap(root);
  root.map.send = (kind, ids) => setTriggerValue("picked", { kind, ids });
  root.map.show(data);
}

class EmbeddingMap {
  constructor(root) {
    this.root = root;
    this.svg = root.querySelector(".plot");
    this.view = WHOLE;
    this.use(matchMedia("(pointer: coarse)").matches ? "move" : "lasso");
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  show(data) {
    if (data.map !== this.data?.map) Object.assign(this, { view: WHOLE, drawn: [] });
    if (data.inside.length === 0) this.drawn = [];
    this.data = data;
    this.range = rangeOf(data.points);
    this.marked = new Set(data.marked);
    this.label(data);
    this.fill();
    this.draw();
  }

  label({ labels, inside, legend }) {
    for (const tool of this.root.querySelectorAll("[data-tool]")) {
      tool.textContent = labels[tool.dataset.tool];
    }
    this.root.querySelector(".reset").textContent = labels.reset;
    this.root.querySelector(".clear").textContent = labels.clear;
    this.root.querySelector(".clear").hidden = inside.length === 0;
    this.svg.setAttribute("aria-label", labels.map);
    this.root.querySelector(".legend").replaceChildren(...legend.map(legendEntry));
  }

  use(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === tool);
    }
    this.svg.style.touchAction = tool === "move" && this.view.zoom === 1 ? "pan-y" : "none";
  }

  fill() {
    const inside = new Set(this.data.inside);
    const paths = this.data.points.map((point) => {
      const path = markerOf(point);
      path.classList.toggle("outside", inside.size > 0 && !inside.has(point.id));
      path.point = point;
      return path;
    });
    this.svg.querySelector(".points").replaceChildren(...paths);
  }

  place(point) {
    return placeOnScreen(point, this.range, this.view, this.svg.getBoundingClientRect());
  }

  draw() {
    if (!this.data) return;
    const rings = [];
    for (const path of this.svg.querySelectorAll(".points path")) {
      const [x, y] = this.place(path.point);
      path.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      if (this.marked.has(path.point.id)) rings.push(ringAt(x, y));
    }
    this.svg.querySelector(".rings").replaceChildren(...rings);
    const corners = this.drawn.map((corner) => corner.join()).join(" ");
    this.svg.querySelector(".outline").setAttribute("points", corners);
  }

  zoomAt(factor, place) {
    this.view = zoomedAt(this.view, factor, place, this.svg.getBoundingClientRect());
    this.drawn = [];
    this.use(this.tool);
    this.draw();
  }

  listen() {
    const on = (event, act, options) => this.svg.addEventListener(event, act, options);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.drag(event));
    on("pointerup", () => this.release());
    on("pointercancel", () => {
      this.trail = null;
    });
    on("pointerleave", () => this.tell(null));
    on("dblclick", () => this.send("inside", []));
    on("wheel", (event) => this.turnWheel(event), { passive: false });
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", () => this.use(button.dataset.tool));
    }
    this.root.querySelector(".reset").addEventListener("click", () => this.zoomAt(0, [0, 0]));
    this.root.querySelector(".clear").addEventListener("click", () => this.send("inside", []));
  }

  turnWheel(event) {
    if (event.deltaY > 0 && this.view.zoom === 1) return; // let the page scroll
    event.preventDefault();
    this.zoomAt(wheelFactor(event.deltaY), this.placeOf(event));
  }

  press(event) {
    this.svg.setPointerCapture(event.pointerId);
    this.trail = [this.placeOf(event)];
    this.pressed = pointUnder(event);
  }

  drag(event) {
    const here = this.placeOf(event);
    if (!this.trail) return this.tell(pointUnder(event), here);
    const last = this.trail.at(-1);
    this.trail.push(here);
    const moves = this.tool === "move";
    if (moves) this.view = movedBy(this.view, last, here);
    this.drawn = moves ? [] : outlineOf(this.tool, this.trail);
    this.draw();
  }

  release() {
    const trail = this.trail ?? [];
    this.trail = null;
    if (isClick(trail)) {
      this.drawn = [];
      this.draw();
      if (this.pressed) this.toggle(this.pressed.id);
    } else if (this.tool !== "move") {
      this.openInside();
    }
    this.pressed = null;
  }

  openInside() {
    const within = this.data.points.filter((point) => isInside(this.place(point), this.drawn));
    if (within.length === 0) this.drawn = [];
    this.draw();
    this.send(
      "inside",
      within.map((point) => point.id),
    );
  }

  toggle(id) {
    if (!this.marked.delete(id)) this.marked.add(id);
    this.draw();
    this.send("marked", [...this.marked]);
  }

  tell(point, [x, y] = [0, 0]) {
    const told = this.root.querySelector(".told");
    told.hidden = point === null;
    if (point === null) return;
    told.textContent = point.label;
    const plot = this.svg.getBoundingClientRect();
    told.style.left = `${clamp(x + 12, 0, plot.width - told.offsetWidth - 4)}px`;
    told.style.top = `${plot.top - this.root.getBoundingClientRect().top + y - 36}px`;
  }

  placeOf({ clientX, clientY }) {
    const { left, top } = this.svg.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }
}

const pointUnder = (event) => event.composedPath()[0]?.point ?? null;
