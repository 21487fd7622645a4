/**
 * What a document asks its reader to do, in order:
 *
 * - `sh`: run these lines. `# 409` in a line says that its request is refused with this status.
 * - `console`: run what is after `$`. What follows is the output.
 * - no language: the output of the block before.
 * - `js` and `html` after "`name`…:" are files. A page is opened in a browser, and its output is the text that it shows.
 * - other `js` is part of a file in one of the documents.
 */

import { fences } from './fences.mjs';

export function steps(document, markdown, banner, isRun) {
  const made = [];
  const add = (fence, step) => made.push({ where: `${document}:${fence.line}`, refusals: [], ...step });

  for (const fence of fences(markdown).filter(isRun)) {
    const file = /^`([\w.-]+)`.*:$/.exec(fence.prose)?.[1];
    if (fence.language === 'sh') {
      const refusals = fence.text.split('\n').flatMap(line => /# (\d{3})$/.exec(line)?.[1] ?? []);
      add(fence, { run: fence.text, refusals });
    } else if (fence.language === 'console') {
      for (const part of fence.text.split(/^\$ /m).slice(1)) {
        const end = part.indexOf('\n') + 1;
        add(fence, { run: part.slice(0, end), output: part.slice(end) });
      }
    } else if (fence.language === 'js' || fence.language === 'html') {
      add(fence, file ? { file, text: fence.text } : { fragment: fence.text });
      if (file && fence.language === 'html') add(fence, { run: `show-page ${file}\n` });
    } else if (fence.text.startsWith('Pail is ready: ')) {
      add(fence, { printed: banner, output: fence.text });
    } else if (fence.prose.startsWith('Paste the printed `curl` line')) {
      add(fence, { run: /^curl .*\n/m.exec(banner)[0], output: fence.text });
    } else if (fence.language === '') {
      if (made.at(-1)?.run === undefined || made.at(-1).output) throw new Error(`${document}:${fence.line} is the output of no block`);
      made.at(-1).output = fence.text;
    }
  }
  return made;
}
