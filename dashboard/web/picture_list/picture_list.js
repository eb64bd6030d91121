// Pictures with a few words each, to be picked by click or keyboard.
// Python sends {layout, tiles, picked, many}; this sends back `picked` ids and the id `opened`.
// Nodes are kept by image id, so that a rerun touches only what has changed.

import { colouredSymbol, element } from "../elements.js";
import { pickedAfter } from "./picking.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pictures");
  root.list ??= newList(root);
  const list = root.list;
  list.many = data.many;
  list.send = setTriggerValue;
  if (!list.isSending) list.picked = new Set(data.picked); // else the clicks are newer
  draw(list, data);
}

function newList(root) {
  const list = { root, tiles: new Map(), order: [], anchor: null };
  root.addEventListener("click", (event) => {
    const tile = event.target.closest(".tile");
    if (tile) pick(list, tile.dataset.id, event.shiftKey);
  });
  root.addEventListener("dblclick", (event) => {
    const tile = event.target.closest(".tile");
    if (tile) list.send("opened", tile.dataset.id);
  });
  return list;
}

function draw(list, data) {
  const tiles = data.tiles.map((told) => {
    const known = list.tiles.get(told.id);
    const content = JSON.stringify(told);
    return known?.content === content ? known : Object.assign(newTile(told), { content });
  });
  list.tiles = new Map(tiles.map((tile) => [tile.dataset.id, tile]));
  list.order = [...list.tiles.keys()];
  list.root.className = `pictures ${data.layout}`;
  const shown = [...list.root.children];
  if (shown.length !== tiles.length || tiles.some((tile, i) => tile !== shown[i])) {
    list.root.replaceChildren(...tiles);
    if (!list.many) bringIntoView(list.root, list.tiles.get(data.picked[0]));
  }
  showPicked(list);
}

// Scrolls the list alone: the page stays where it is.
function bringIntoView(root, tile) {
  if (!tile) return;
  root.scrollTop = tile.offsetTop - root.offsetTop - root.clientHeight / 2;
  root.scrollLeft = tile.offsetLeft - root.offsetLeft - root.clientWidth / 2;
}

function pick(list, id, extend) {
  list.picked = pickedAfter(list, id, extend);
  list.anchor = id;
  showPicked(list);
  clearTimeout(list.sending); // quick clicks travel together
  list.isSending = true;
  list.sending = setTimeout(
    () => {
      list.isSending = false;
      list.send("picked", [...list.picked]);
    },
    list.many ? 250 : 0,
  );
}

function showPicked(list) {
  for (const [id, tile] of list.tiles) tile.setAttribute("aria-pressed", list.picked.has(id));
}

function newTile(told) {
  const tile = element("button", "tile");
  tile.type = "button";
  tile.dataset.id = told.id;
  const picture = element("img", "");
  Object.assign(picture, { src: told.src, alt: "", draggable: false });
  const words = element("span", "words");
  words.append(element("span", "alias", told.alias), ...told.lines.map(lineOf));
  tile.append(picture, words);
  return tile;
}

function lineOf({ text, symbol, colour, faint }) {
  const line = element("span", faint ? "line faint" : "line");
  if (symbol) line.append(colouredSymbol(symbol, colour));
  line.append(text);
  return line;
}
