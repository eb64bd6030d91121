// Elements of a page, with their text as text: no markup of what is shown is ever read.

export function element(kind, className, text = "") {
  return Object.assign(document.createElement(kind), { className, textContent: text });
}

export function colouredSymbol(symbol, colour) {
  const mark = element("i", "", symbol);
  mark.style.color = colour;
  return mark;
}
