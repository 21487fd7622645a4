/** Whether files have tests of certain titles. */

import { readFileSync } from 'node:fs';

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The texts of the source of a `.mjs` file that are titles of its tests, with the quote that each begins and ends with. */
const titles = source => [...source.matchAll(/\btest\((['"`])(.*?)\1, /g)].map(([, quote, text]) => ({ quote, text }));

/** Whether a title is made from this template. What its places stand for is written elsewhere in the file. */
function isMadeFrom(title, template, source) {
  const pattern = template.split(/\$\{[^}]*\}/).map(escaped).join('(.+)');
  const values = new RegExp(`^${pattern}$`).exec(title)?.slice(1);
  const others = source.replace(template, '');
  return values?.flatMap(value => value.split(', ')).every(value => others.includes(value)) ?? false;
}

/** Whether a file has a test of this title; in Rust, a test function of this name. */
export function backs(file, title) {
  const source = readFileSync(file, 'utf8');
  if (file.endsWith('.rs')) {
    return new RegExp(`#\\[(tokio::)?test\\b[^\\]]*\\]\\s*(#\\[[^\\]]*\\]\\s*)*(async )?fn ${escaped(title)}\\(`).test(source);
  }
  return titles(source).some(({ quote, text }) => (quote === '`' ? isMadeFrom(title, text, source) : text === title));
}
