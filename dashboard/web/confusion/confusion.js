// The confusion matrix as a table of buttons: every number opens its images.
// A number's key says whose images: "label:answer", "*" for any, "=" and "≠" for right and wrong.

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
  const wrong = number("≠", told.wrong, told.n_wrong === 0);
  line.append(element("span", "big", told.share), element("span", "faint", told.interval));
  line.append(number("=", told.right, told.n_right === 0), wrong);
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
  const total = Math.max(
    1,
    counts[row].reduce((sum, count) => sum + count, 0),
  );
  counts[row].forEach((count, column) => {
    const cell = number(`${row}:${column}`, count, count === 0);
    cell.className = "cell";
    cell.style.setProperty("--share", count / total);
    cell.style.setProperty("--hue", row === column ? "#009E73" : "#D55E00");
    cell.setAttribute(
      "aria-label",
      `${labels.labelled} ${condition.name}, ${labels.judged} ${conditions[column].name}: ${count}`,
    );
    cell.title = cell.getAttribute("aria-label");
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
    interval.style.cssText = `left:${100 * low}%;width:${100 * (high - low)}%`;
    const point = element("b", "");
    point.style.left = `${100 * share}%`;
    bar.append(interval, point);
  }
  const text = number(`${row}:*`, "", n === 0);
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
  const mark = element("i", "", symbol);
  mark.style.color = colour;
  cell.append(mark, element("span", "name", name));
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

function element(kind, className, text = "") {
  return Object.assign(document.createElement(kind), { className, textContent: text });
}
