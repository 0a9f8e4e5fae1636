// A table of calls: a row is one call over a line, or several; then each column has the median of what they show and, in
// brackets, the least and the most.
const sorted = (values) => [...values].sort((a, b) => a - b);

export function median(values) {
  const all = sorted(values), middle = all.length >> 1;
  return all.length % 2 === 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
}

/// What one column says of `values`: `write` makes words of a number, behind which the unit follows.
export function spread(values, { write, unit = '' }) {
  if (values.length === 0) return '-';
  const all = sorted(values), words = `${write(median(all))}${unit}`;
  return all.length === 1 ? words : `${words} (${write(all[0])}–${write(all.at(-1))})`;
}

export const counts = { write: String };
export const digits = (places) => ({ write: (value) => value.toFixed(places) });
export const percent = (places) => ({ write: (share) => (100 * share).toFixed(places), unit: ' %' });
export const millis = { write: (value) => value.toFixed(0), unit: ' ms' };

/// `lines`: the words of the first column; `columns`: [{name, of(got), write, unit}], where `of` may give undefined; `calls`: how many
/// a row has.
export class Table {
  #columns;
  #widths;
  rows = [];

  constructor(lines, columns, calls) {
    this.#columns = columns;
    this.#widths = [Math.max(...lines.map((line) => line.length)) + 2, 21, ...columns.map(() => (calls > 1 ? 23 : 11))];
    this.#show(['line', 'direction', ...columns.map(({ name }) => name)]);
  }

  #show(cells) {
    console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(this.#widths[i]) : cell.padStart(this.#widths[i]))).join(''));
  }

  /// `all`: what each call of the row got. Kept in `rows` as medians, by the columns' names, beside the calls themselves.
  row(line, direction, all) {
    const of = (column) => all.map(column.of).filter((each) => each !== undefined);
    this.#show([line, direction, ...this.#columns.map((column) => spread(of(column), column))]);
    const medians = this.#columns.map((column) => [column.name, of(column).length > 0 ? median(of(column)) : null]);
    this.rows.push({ line, direction, ...Object.fromEntries(medians), calls: all });
  }
}
