/** Compares output with what a document shows of it. IDs and times differ, and `…` stands for anything: in a line, or for lines. */

import assert from 'node:assert/strict';

function withoutChance(text) {
  return text
    .replaceAll('\r', '')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '(ID)')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)')
    .replace(/\b1\d{12}\b/g, '(time)')
    .trim();
}

export function assertShows(actual, shown, where) {
  const escaped = withoutChance(shown).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = escaped.replace(/^…\n/gm, '(?:.*\\n)*').replace(/^…$/gm, '[^]*').replaceAll('…', '.*');
  const output = withoutChance(actual);
  if (!new RegExp(`^${pattern}$`).test(output)) assert.equal(output, withoutChance(shown), `${where} shows other output than this`);
}
