// What is picked after a click on an image.

import { between, toggled } from "../selection.js";

// One image, or, where many may be picked, one more or less; with shift all from the last click on.
export function pickedAfter({ many, order, picked, anchor }, id, extend) {
  if (!many) return new Set([id]);
  if (extend && anchor !== null) return new Set([...picked, ...between(order, anchor, id)]);
  return new Set(toggled(picked, id));
}
