// What the tables of calls over lines say of several calls.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { counts, digits, median, millis, percent, spread, Table } from './lines/table.mjs';

test('the median of several calls, and from the least to the most', () => {
  assert.equal(median([3]), 3);
  assert.equal(median([10, 9, 1]), 9);
  assert.equal(median([4, 1, 100, 2]), 3);
  assert.equal(spread([], counts), '-');
  assert.equal(spread([27.51], digits(1)), '27.5');
  assert.equal(spread([265, 35, 52, 83], millis), '68 ms (35–265)');
  assert.equal(spread([0.1, 0.02, 0.3], percent(0)), '10 % (2–30)');
  assert.equal(spread([1, 2], counts), '1.5 (1–2)');
});

test('a table keeps medians by name beside the calls, and knows what no call has said', (context) => {
  const words = [];
  context.mock.method(console, 'log', (line) => { words.push(line.trim().split(/ {2,}/)); });
  const table = new Table(['a line'], [{ name: 'frames', of: (got) => got.frames, ...counts }, { name: 'TCP has', of: (got) => got.tcp, ...percent(0) }], 3);
  table.row('a line', 'there', [{ frames: 3 }, { frames: 9 }, { frames: 4 }]);
  assert.deepEqual(words, [['line', 'direction', 'frames', 'TCP has'], ['a line', 'there', '4 (3–9)', '-']]);
  assert.deepEqual(table.rows, [{ line: 'a line', direction: 'there', 'frames': 4, 'TCP has': null, 'calls': [{ frames: 3 }, { frames: 9 }, { frames: 4 }] }]);
});
