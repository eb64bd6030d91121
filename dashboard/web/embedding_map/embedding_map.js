// The embedding map: lasso and box open images, a click on a point marks it, marks are ringed.
// Python sends {map, points, legend, inside, marked, labels}; this sends {kind, ids} back.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 26;
const LARGEST_ZOOM = 20;

const polygon = (n, turn, radii) =>
  Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n + turn;
    const radius = radii[i % radii.length];
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
const CROSS = [
  [-2, -6],
  [2, -6],
  [2, -2],
  [6, -2],
  [6, 2],
  [2, 2],
  [2, 6],
  [-2, 6],
  [-2, 2],
  [-6, 2],
  [-6, -2],
  [-2, -2],
];
const SHAPES = {
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
const outlineOf = (marker) =>
  `M${SHAPES[marker].map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join("L")}Z`;
const limit = (value, low, high) => Math.min(high, Math.max(low, value));

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  root.map ??= new EmbeddingMap(root);
  const map = root.map;
  map.send = (kind, ids) => setTriggerValue("picked", { kind, ids });
  map.show(data);
}

class EmbeddingMap {
  constructor(root) {
    this.root = root;
    this.svg = root.querySelector(".plot");
    this.use(matchMedia("(pointer: coarse)").matches ? "move" : "lasso");
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  show(data) {
    if (data.map !== this.data?.map) Object.assign(this, { zoom: 1, shift: [0, 0], drawn: [] });
    if (data.inside.length === 0) this.drawn = [];
    this.data = data;
    this.range = rangeOf(data.points);
    this.marked = new Set(data.marked);
    for (const tool of this.root.querySelectorAll("[data-tool]"))
      tool.textContent = data.labels[tool.dataset.tool];
    this.root.querySelector(".reset").textContent = data.labels.reset;
    this.root.querySelector(".clear").textContent = data.labels.clear;
    this.root.querySelector(".clear").hidden = data.inside.length === 0;
    this.svg.setAttribute("aria-label", data.labels.map);
    this.root.querySelector(".legend").replaceChildren(...data.legend.map(legendEntry));
    this.fill();
    this.draw();
  }

  use(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === tool);
    }
    this.svg.style.touchAction = tool === "move" && !(this.zoom > 1) ? "pan-y" : "none";
  }

  fill() {
    const inside = new Set(this.data.inside);
    const paths = this.data.points.map((point) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", outlineOf(point.marker));
      path.setAttribute("fill", point.colour);
      path.classList.toggle("outside", inside.size > 0 && !inside.has(point.id));
      path.point = point;
      return path;
    });
    this.svg.querySelector(".points").replaceChildren(...paths);
  }

  // Where a point of the map stands on screen: both axes have one scale, so that distances are true.
  place({ x, y }) {
    const { width, height } = this.svg.getBoundingClientRect();
    const { left, right, low, high } = this.range;
    const spans = [
      (width - 2 * MARGIN) / (right - left || 1),
      (height - 2 * MARGIN) / (high - low || 1),
    ];
    const scale = Math.min(...spans) * this.zoom;
    return [
      width / 2 + (x - (left + right) / 2) * scale + this.shift[0],
      height / 2 - (y - (low + high) / 2) * scale + this.shift[1],
    ];
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
    this.svg
      .querySelector(".outline")
      .setAttribute("points", this.drawn.map((corner) => corner.join()).join(" "));
  }

  zoomAt(factor, [x, y]) {
    const zoom = limit(this.zoom * factor, 1, LARGEST_ZOOM);
    const { width, height } = this.svg.getBoundingClientRect();
    const kept = zoom / this.zoom; // the place under the pointer stays
    this.shift = [
      (x - width / 2) * (1 - kept) + this.shift[0] * kept,
      (y - height / 2) * (1 - kept) + this.shift[1] * kept,
    ];
    if (zoom === 1) this.shift = [0, 0];
    this.zoom = zoom;
    this.drawn = [];
    this.use(this.tool);
    this.draw();
  }

  listen() {
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("pointermove", (event) => this.drag(event));
    this.svg.addEventListener("pointerup", (event) => this.release(event));
    this.svg.addEventListener("pointercancel", () => {
      this.trail = null;
    });
    this.svg.addEventListener("pointerleave", () => this.tell(null));
    this.svg.addEventListener("dblclick", () => this.send("inside", []));
    this.svg.addEventListener(
      "wheel",
      (event) => {
        if (event.deltaY > 0 && this.zoom === 1) return; // let the page scroll
        event.preventDefault();
        this.zoomAt(Math.exp(-event.deltaY / 400), placeOf(this.svg, event));
      },
      { passive: false },
    );
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", () => this.use(button.dataset.tool));
    }
    this.root.querySelector(".reset").addEventListener("click", () => this.zoomAt(0, [0, 0]));
    this.root.querySelector(".clear").addEventListener("click", () => this.send("inside", []));
  }

  press(event) {
    this.svg.setPointerCapture(event.pointerId);
    this.trail = [placeOf(this.svg, event)];
    this.pressed = event.composedPath()[0]?.point ?? null;
  }

  drag(event) {
    const here = placeOf(this.svg, event);
    if (!this.trail) return this.tell(event.composedPath()[0]?.point ?? null, here);
    const last = this.trail.at(-1);
    this.trail.push(here);
    if (this.tool === "move") {
      this.shift = [this.shift[0] + here[0] - last[0], this.shift[1] + here[1] - last[1]];
      this.drawn = [];
    } else {
      this.drawn = this.tool === "box" ? boxOf(this.trail[0], here) : this.trail;
    }
    this.draw();
  }

  release() {
    const trail = this.trail ?? [];
    this.trail = null;
    const wasClick = trail.every(([x, y]) => Math.hypot(x - trail[0][0], y - trail[0][1]) < 5);
    if (wasClick) {
      this.drawn = [];
      this.draw();
      if (this.pressed) this.toggle(this.pressed.id);
    } else if (this.tool !== "move") {
      const within = this.data.points.filter((point) => isInside(this.place(point), this.drawn));
      if (within.length === 0) this.drawn = [];
      this.draw();
      this.send(
        "inside",
        within.map((point) => point.id),
      );
    }
    this.pressed = null;
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
    const room = this.svg.getBoundingClientRect().width - told.offsetWidth - 4;
    told.style.left = `${limit(x + 12, 0, room)}px`;
    const top = this.svg.getBoundingClientRect().top - this.root.getBoundingClientRect().top;
    told.style.top = `${top + y - 36}px`;
  }
}

function rangeOf(points) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    low: Math.min(...ys),
    high: Math.max(...ys),
  };
}

function placeOf(svg, event) {
  const { left, top } = svg.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

const boxOf = ([x, y], [u, v]) => [
  [x, y],
  [u, y],
  [u, v],
  [x, v],
];

// A ray from the point crosses the outline an odd number of times.
function isInside([x, y], outline) {
  let odd = false;
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline.at(i - 1);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
}

function ringAt(x, y) {
  const ring = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: x.toFixed(1), cy: y.toFixed(1), r: 12 }))
    ring.setAttribute(name, value);
  return ring;
}

function legendEntry({ marker, colour, label }) {
  const entry = document.createElement("li");
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "-9 -9 18 18");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outlineOf(marker));
  path.setAttribute("fill", colour);
  picture.append(path);
  entry.append(picture, label);
  return entry;
}
