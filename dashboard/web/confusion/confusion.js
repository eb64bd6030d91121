// The confusion matrix as a table of buttons: every number opens its images.

import { colouredSymbol, element } from "../elements.js";
import { intervalStyle, percent } from "../numbers.js";
import { ANY, hueOf, keyOf, RIGHT, shareOfRow, WRONG } from "./cells.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".confusion");
  root.replaceChildren(
    overall(data),
    element("div", "caption faint", data.labels.caption),
    table(data),
  );
  const numbers = [...root.querySelectorAll("button")];
  const mark = (key) => {
    for (const one of numbers) one.setAttribute("aria-pressed", one.dataset.key === key);
  };
  mark(data.picked);
  root.onclick = (event) => {
    const number = event.target.closest("button");
    if (!number) return;
    mark(number.dataset.key);
    setTriggerValue("picked", number.dataset.key);
  };
}

function overall({ overall: told, labels }) {
  const line = element("div", "overall");
  const wrong = number(WRONG, told.wrong, told.n_wrong === 0);
  line.append(element("span", "big", told.share), element("span", "faint", told.interval));
  line.append(number(RIGHT, told.right, told.n_right === 0), wrong);
  line.setAttribute("aria-label", labels.overall);
  return line;
}

function table(data) {
  const whole = element("table", "");
  whole.style.setProperty("--n", data.conditions.length);
  whole.append(head(data));
  const body = element("tbody", "");
  body.append(...data.conditions.map((condition, row) => rowOf(data, condition, row)));
  whole.append(body);
  return whole;
}

function head({ conditions, labels }) {
  const row = element("tr", "");
  row.append(element("th", ""), ...conditions.map((condition) => heading(condition, "col")));
  row.append(element("th", "", labels.recall));
  const all = element("thead", "");
  all.append(row);
  return all;
}

function rowOf({ counts, recall, conditions, labels }, condition, row) {
  const line = element("tr", "");
  line.append(heading(condition, "row"));
  counts[row].forEach((count, column) => {
    const cell = number(keyOf(row, column), count, count === 0);
    cell.className = "cell";
    cell.style.setProperty("--share", shareOfRow(counts[row], column));
    cell.style.setProperty("--hue", hueOf(row, column));
    cell.title = `${labels.labelled} ${condition.name}, ${labels.judged} ${conditions[column].name}: ${count}`;
    cell.setAttribute("aria-label", cell.title);
    line.append(inCell(cell));
  });
  line.append(inCell(recallOf(recall[row], row, labels.recall)));
  return line;
}

function recallOf({ count, interval: told, share, low, high, n }, row, which) {
  const whole = element("span", "recall");
  const bar = element("span", "bar");
  if (n > 0) {
    const interval = element("i", "");
    interval.style.cssText = intervalStyle([low, high]);
    const point = element("b", "");
    point.style.left = percent(share);
    bar.append(interval, point);
  }
  const text = number(keyOf(row, ANY), "", n === 0);
  text.append(
    element("span", "which", which),
    element("span", "", count),
    element("span", "faint", told),
  );
  whole.append(text, bar);
  return whole;
}

function heading({ name, symbol, colour }, scope) {
  const cell = element("th", "");
  cell.scope = scope;
  cell.title = name;
  cell.append(colouredSymbol(symbol, colour), element("span", "name", name));
  return cell;
}

function number(key, text, isEmpty) {
  const button = element("button", "number", text);
  button.type = "button";
  button.dataset.key = key;
  button.disabled = isEmpty;
  return button;
}

function inCell(content) {
  const cell = element("td", "");
  cell.append(content);
  return cell;
}
