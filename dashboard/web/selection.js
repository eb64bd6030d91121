// Which of several images are marked. `order` lists all ids as they stand on the page.

// The ids from one to the other, both included; the other alone where the one is not there any more.
export function between(order, one, other) {
  const [from, to] = [order.indexOf(one), order.indexOf(other)];
  return from < 0 ? [other] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
}

// The id so many steps further on; at either end it stays there.
export function stepFrom(order, id, step) {
  return order[Math.min(Math.max(order.indexOf(id) + step, 0), order.length - 1)];
}

export function toggled(selected, id) {
  const others = [...selected].filter((other) => other !== id);
  return selected.has(id) ? others : [...others, id];
}

// All of a group marked; none of it, where all of it was marked before.
export function toggledTogether(selected, ids) {
  const others = [...selected].filter((id) => !ids.includes(id));
  return ids.every((id) => selected.has(id)) ? others : [...others, ...ids];
}
