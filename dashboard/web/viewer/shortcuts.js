// What a key does in the viewer: the name of the viewer's method and what it takes.

const COMMANDS = {
  "+": ["zoomBy", 1.25],
  "=": ["zoomBy", 1.25],
  "-": ["zoomBy", 0.8],
  0: ["reset"],
  i: ["toggleInverted"],
  w: ["toggleTool"],
  h: ["toggleHeatMap"],
  "[": ["changeOpacity", -10],
  "]": ["changeOpacity", 10],
  ArrowLeft: ["pan", 0.1, 0],
  ArrowRight: ["pan", -0.1, 0],
  ArrowUp: ["pan", 0, 0.1],
  ArrowDown: ["pan", 0, -0.1],
};
const TAKE_KEYS_THEMSELVES = ["SELECT", "INPUT", "SUMMARY"];

// null where the key is not the viewer's: the browser's, or that of a control with the focus.
export function commandOf({ key, ctrlKey, metaKey, altKey, target }, nPresets) {
  if (ctrlKey || metaKey || altKey || TAKE_KEYS_THEMSELVES.includes(target.tagName)) return null;
  const preset = Number(key) - 1;
  if (preset >= 0 && preset < nPresets) return ["choosePreset", preset];
  return Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : null;
}
