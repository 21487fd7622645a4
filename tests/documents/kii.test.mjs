/** The tables of docs/kii.md: each row says how a feature is, and names the tests that would fail if it were otherwise. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { root } from '../support/pail.mjs';
import { backs } from './support/titles.mjs';

const document = `${root}docs/kii.md`;
const lines = readFileSync(document, 'utf8').split('\n');

/** The cells of a row. In a cell, `|` is written as `\|`. */
const cells = line => line.split(/(?<!\\)\|/).slice(1, -1).map(cell => cell.trim());
const isRow = line => line?.startsWith('|');

/** The rows of every table, each with the names of its columns. */
const rows = lines.flatMap((line, at) => {
  const isHead = isRow(line) && !isRow(lines[at - 1]);
  if (!isHead) return [];
  const end = lines.findIndex((other, index) => index > at && !isRow(other));
  return lines.slice(at + 2, end).map((row, index) => ({ where: `docs/kii.md:${at + index + 3}`, columns: cells(line), cells: cells(row) }));
});

test('every row of docs/kii.md names tests that are there', () => {
  assert.ok(rows.length > 0);
  for (const { where, columns, cells } of rows) {
    assert.equal(columns.at(-1), 'test', `${where}: the last column of the table is not test`);
    assert.equal(cells.length, columns.length, `${where}: another number of cells than the head has`);
    const links = [...cells.at(-1).matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
    assert.ok(links.length > 0, `${where}: no test`);
    for (const [, title, target] of links) {
      const file = resolve(dirname(document), target);
      assert.ok(/\/tests\/.+\.(mjs|rs)$/.test(file) && existsSync(file), `${where}: no file of tests: ${target}`);
      assert.ok(backs(file, title.replaceAll('`', '')), `${where}: ${target} has no test: ${title}`);
    }
  }
});

test('every feature in docs/kii.md is the same, differs or has no counterpart', () => {
  const features = rows.filter(({ columns }) => columns[0] === 'feature');
  assert.ok(features.length > 0);
  for (const { where, columns, cells } of features) {
    const cell = cells[columns.indexOf('in Pail')];
    assert.match(cell, /^(same\b|differs: \S|none: \S)/, where);
  }
});
