// What a key does on a tile of the gallery, where so many tiles stand side by side.

const NAMES = { " ": "toggle", Enter: "open", Escape: "mark-none" };

export function commandOf({ key, ctrlKey, metaKey, shiftKey }, nColumns) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: nColumns, ArrowUp: -nColumns };
  if (Object.hasOwn(steps, key)) return { name: "move", step: steps[key], extending: shiftKey };
  if (key === "a" && (ctrlKey || metaKey)) return { name: "mark-all" };
  return Object.hasOwn(NAMES, key) ? { name: NAMES[key] } : null;
}
