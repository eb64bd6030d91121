// The answer for a case: what it is most similar to, or why nothing is named; bars with intervals.

import { colouredSymbol, element } from "../elements.js";
import { intervalStyle, percent } from "../numbers.js";

export default function ({ data, parentElement }) {
  const ranked = element("ol", "");
  ranked.setAttribute("aria-label", data.labels.ranked);
  ranked.append(...data.rows.map(rowOf));
  parentElement
    .querySelector(".answer")
    .replaceChildren(
      headline(data.headline),
      ranked,
      element("div", "faint", data.set),
      typicality(data.typicality),
    );
}

function headline({ title, detail, symbol, colour }) {
  const whole = element("div", "headline");
  whole.style.setProperty("--colour", colour);
  const strong = element("strong", "");
  if (symbol) strong.append(colouredSymbol(symbol, colour));
  strong.append(title);
  whole.append(strong, element("span", "", detail));
  return whole;
}

function rowOf({ name, symbol, colour, numbers, share, interval, in_set }) {
  const row = element("li", in_set ? "row" : "row out");
  const who = element("span", "name");
  who.append(colouredSymbol(symbol, colour), name);
  row.append(who, element("span", "numbers", numbers));
  if (share !== null) row.append(barOf({ share, interval, colour }));
  return row;
}

function typicality({ title, numbers, share, threshold, label }) {
  const row = element("div", "row");
  row.append(element("span", "name", title), element("span", "numbers", numbers));
  if (share !== null) row.append(barOf({ share, threshold, label, colour: "#808080" }));
  return row;
}

function barOf({ share, interval, threshold, label, colour }) {
  const bar = element("span", "bar");
  const filled = element("span", "filled");
  filled.style.width = percent(share);
  filled.style.setProperty("--colour", colour);
  bar.append(filled);
  if (interval) {
    const line = element("span", "interval");
    line.style.cssText = intervalStyle(interval);
    bar.append(line);
  }
  if (threshold !== undefined) {
    const mark = element("span", "threshold");
    mark.style.left = percent(threshold);
    mark.title = label;
    bar.append(mark);
  }
  return bar;
}
