// Pointers on a canvas: one moves the picture or the window, two pinch, the wheel zooms.

import { wheelFactor } from "../numbers.js";
import { pinchFactor } from "./view.js";

let lastScroll = -Infinity; // a page on the move is not stopped
document.addEventListener(
  "scroll",
  (event) => {
    lastScroll = event.timeStamp;
  },
  { capture: true, passive: true },
);

export function listenToPointers(viewer, canvas) {
  const held = new Map(); // pointer id → its last place
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("dragging");
    held.set(event.pointerId, placeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    viewer.readValue(event);
    if (!held.has(event.pointerId)) return;
    if (held.size === 1) drag(viewer, held.get(event.pointerId), event);
    if (held.size === 2) pinch(viewer, held, event);
    held.set(event.pointerId, placeOf(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      held.delete(event.pointerId);
      canvas.classList.toggle("dragging", held.size > 0);
    });
  }
  canvas.addEventListener("dblclick", () => viewer.reset());
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => turnWheel(viewer, event), { passive: false });
}

// An event's offsets are only true while it is dispatched.
const placeOf = (event) => ({ x: event.offsetX, y: event.offsetY });

function drag(viewer, before, now) {
  const [dx, dy] = [now.offsetX - before.x, now.offsetY - before.y];
  const byOtherButton = now.shiftKey || (now.buttons & 2) !== 0;
  if (viewer.windowing !== byOtherButton) viewer.changeWindow(dx, dy);
  else viewer.drag(now.currentTarget, dx, dy);
}

function pinch(viewer, held, now) {
  const [resting] = [...held].filter(([id]) => id !== now.pointerId).map(([, place]) => place);
  const factor = pinchFactor(held.get(now.pointerId), placeOf(now), resting);
  viewer.zoomBy(factor, viewer.pointAt(now));
}

function turnWheel(viewer, event) {
  const atEnd = event.deltaY > 0 && viewer.view.zoom === 1;
  if (atEnd || event.timeStamp - lastScroll < 250) return; // let the page scroll
  event.preventDefault();
  viewer.zoomBy(wheelFactor(event.deltaY), viewer.pointAt(event));
}
