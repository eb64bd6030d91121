// The gallery: thumbnails in groups, marked by click, shift-click and keyboard.
// Python sends {groups, selected, version, texts}; this sends back {version, ids} and `opened`.
// Nodes are kept by image id, so that a rerun touches only what has changed.

import { element } from "../elements.js";
import { between, stepFrom, toggled, toggledTogether } from "../selection.js";
import { commandOf } from "./keys.js";

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery");
  root.gallery ??= newGallery(root);
  const gallery = root.gallery;
  gallery.send = (ids) => setStateValue("selected", { version: gallery.version, ids });
  gallery.open = (id) => setTriggerValue("opened", id);
  if (gallery.version !== data.version) {
    gallery.version = data.version;
    gallery.selected = new Set(data.selected);
  }
  draw(gallery, data);
}

function newGallery(root) {
  const gallery = { root, tiles: new Map(), selected: new Set(), order: [], anchor: null };
  root.addEventListener("click", (event) => onClick(gallery, event));
  root.addEventListener("dblclick", (event) => {
    const tile = event.target.closest(".tile");
    if (tile) gallery.open(tile.dataset.id);
  });
  root.addEventListener("keydown", (event) => onKey(gallery, event));
  return gallery;
}

// ---- drawing --------------------------------------------------------------------------------

function draw(gallery, data) {
  const focused = gallery.root.getRootNode().activeElement;
  const sections = data.groups.map((group) => section(gallery, group, data.texts));
  gallery.root.replaceChildren(...sections);
  focused?.focus({ preventScroll: true }); // a moved node loses its focus
  gallery.order = data.groups.flatMap((group) => group.images.map((image) => image.id));
  const present = new Set(gallery.order);
  for (const id of gallery.tiles.keys()) if (!present.has(id)) gallery.tiles.delete(id);
  gallery.selected = new Set([...gallery.selected].filter((id) => present.has(id)));
  if (!present.has(gallery.anchor)) gallery.anchor = gallery.order[0] ?? null;
  showSelection(gallery);
}

function section(gallery, group, texts) {
  const node = element("section", "group");
  const head = element("header", "head");
  const symbol = element("span", "symbol", group.symbol);
  symbol.style.color = group.colour;
  const all = element("button", "all", texts.all);
  all.type = "button";
  all.dataset.ids = JSON.stringify(group.images.map((image) => image.id));
  head.append(
    symbol,
    element("h3", "name", group.label),
    element("span", "count", group.count),
    all,
  );
  const grid = element("div", "grid");
  grid.setAttribute("role", "listbox");
  grid.setAttribute("aria-multiselectable", "true");
  grid.setAttribute("aria-label", group.label);
  grid.append(...group.images.map((image) => tileOf(gallery, image, group.colour)));
  node.append(head, grid);
  return node;
}

function tileOf(gallery, image, colour) {
  const told = JSON.stringify(image);
  let tile = gallery.tiles.get(image.id);
  if (!tile || tile.told !== told) {
    tile = newTile(image);
    tile.told = told;
    gallery.tiles.set(image.id, tile);
  }
  tile.style.setProperty("--colour", colour);
  return tile;
}

function newTile(image) {
  const tile = element("div", image.excluded ? "tile excluded" : "tile");
  tile.dataset.id = image.id;
  tile.tabIndex = -1;
  tile.title = image.title;
  tile.setAttribute("role", "option");
  tile.setAttribute("aria-label", `${image.alias} ${image.title}`);
  const picture = element("img", "picture");
  picture.src = image.src;
  picture.alt = "";
  picture.draggable = false;
  const foot = element("span", "foot");
  foot.append(element("span", "alias", image.alias));
  foot.append(...image.badges.map((badge) => element("span", "badge", badge)));
  tile.append(picture, element("span", "check", "✓"), foot);
  return tile;
}

// ---- marking --------------------------------------------------------------------------------

function onClick(gallery, event) {
  const all = event.target.closest(".all");
  if (all) return mark(gallery, toggledTogether(gallery.selected, JSON.parse(all.dataset.ids)));
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const { id } = tile.dataset;
  if (!event.shiftKey) return toggle(gallery, id);
  mark(gallery, [...gallery.selected, ...between(gallery.order, gallery.anchor, id)]);
}

function onKey(gallery, event) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const command = commandOf(event, columns(tile));
  if (!command) return;
  obey(gallery, tile.dataset.id, command);
  event.preventDefault();
  event.stopPropagation();
}

function obey(gallery, id, { name, step, extending }) {
  if (name === "move") move(gallery, id, step, extending);
  else if (name === "toggle") toggle(gallery, id);
  else if (name === "open") gallery.open(id);
  else mark(gallery, name === "mark-all" ? gallery.order : []);
}

function columns(tile) {
  return getComputedStyle(tile.parentElement).gridTemplateColumns.split(" ").length;
}

function move(gallery, id, step, extending) {
  const next = stepFrom(gallery.order, id, step);
  if (extending) mark(gallery, [...gallery.selected, id, next]);
  gallery.anchor = next;
  showSelection(gallery);
  gallery.tiles.get(next).focus();
}

function toggle(gallery, id) {
  gallery.anchor = id;
  mark(gallery, toggled(gallery.selected, id));
}

function mark(gallery, ids) {
  gallery.selected = new Set(ids);
  showSelection(gallery);
  clearTimeout(gallery.sending); // quick clicks travel together
  gallery.sending = setTimeout(() => gallery.send([...gallery.selected]), 150);
}

function showSelection(gallery) {
  for (const [id, tile] of gallery.tiles) {
    tile.setAttribute("aria-selected", String(gallery.selected.has(id)));
    tile.tabIndex = id === gallery.anchor ? 0 : -1;
  }
}
