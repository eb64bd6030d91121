// The numbers of the matrix. A key says whose images a number counts: "label:answer" by position,
// "label:*" whatever the answer, "=" all that were recognised, "≠" all that were not.

export const RIGHT = "=";
export const WRONG = "≠";
export const ANY = "*";

export const keyOf = (row, column) => `${row}:${column}`;

// What share of a condition's examples got this answer; 0 where none was classified.
export function shareOfRow(counts, column) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts[column] / Math.max(1, total);
}

// Green on the diagonal, vermilion beside it: told apart by readers blind to red or green as well.
export const hueOf = (row, column) => (row === column ? "#009E73" : "#D55E00");
