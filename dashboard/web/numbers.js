// Arithmetic that every component needs.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// How much larger a turn of the wheel makes what is under it: 400 units make e times as large.
export const wheelFactor = (deltaY) => Math.exp(-deltaY / 400);

// A share in [0, 1] as a CSS length.
export const percent = (share) => `${100 * share}%`;

// Where an interval of shares lies on a bar, as CSS.
export const intervalStyle = ([low, high]) => `left:${percent(low)};width:${percent(high - low)}`;
