// The words and controls around the panes of a viewer. `root` is the element that holds it all.

import { element } from "../elements.js";
import { gradientOf } from "./colour_scale.js";
import { presetOf, windowText } from "./windowing.js";

// Everything that stays as it is as long as the same image is shown.
export function label(root, data) {
  const { labels } = data;
  for (const place of root.querySelectorAll("[data-label], [data-text]")) {
    place.textContent = labels[place.dataset.label ?? place.dataset.text];
  }
  for (const place of root.querySelectorAll("[data-name]")) {
    place.setAttribute("aria-label", labels[place.dataset.name]);
    place.title = labels[place.dataset.name];
  }
  root.setAttribute("aria-label", data.title);
  name(root.querySelector(".pane.plain"), data.title);
  name(root.querySelector(".pane.overlay"), data.heat_title);
  for (const part of root.querySelectorAll(".heat-only")) part.hidden = !data.heat_map;
  root.querySelector(".values-only").hidden = !data.values;
  offer(root.querySelector(".preset"), [...data.presets.map((one) => one.label), labels.custom]);
  offer(root.querySelector(".colours"), Object.keys(data.colours));
  root.querySelector("dl").replaceChildren(...data.shortcuts.flatMap(shortcutEntry));
}

function name(pane, title) {
  pane.querySelector("canvas").setAttribute("aria-label", title);
  pane.querySelector("figcaption").textContent = title;
}

function offer(select, options) {
  select.replaceChildren(...options.map((text, i) => new Option(text, i)));
}

const shortcutEntry = ([keys, text]) => [element("dt", "", keys), element("dd", "", text)];

export function showColours(root, colours, position) {
  root.querySelector(".colours").selectedIndex = position;
  root.querySelector(".scale i").style.background = gradientOf(colours);
}

// How the image is seen just now.
export function showState(root, viewer) {
  root.querySelector(".zoom").textContent = `${Math.round(viewer.view.zoom * 100)} %`;
  root.querySelector(".opacity").value = viewer.opacity;
  root.querySelector(".invert").setAttribute("aria-pressed", viewer.inverted);
  root.querySelector(".tool").setAttribute("aria-pressed", viewer.windowing);
  root.classList.toggle("windowing", viewer.windowing);
  const { presets, labels } = viewer.data;
  root.querySelector(".preset").selectedIndex = presetOf(presets, viewer.window);
  const parts = [viewer.window && windowText(viewer.window, labels), viewer.underPointer];
  root.querySelector(".readout").textContent = parts.filter(Boolean).join("  ·  ");
}
