/** Opens a page in Chromium as a user opens a file, and prints the text that it shows. */

import { pathToFileURL } from 'node:url';
import { launch } from '../../browser/support/browser.mjs';

const browser = await launch();
try {
  const page = await browser.newPage();
  page.on('pageerror', error => { throw error; });
  await page.goto(pathToFileURL(process.argv[2]).href, { waitUntil: 'networkidle' });
  console.log(await page.innerText('body'));
} finally {
  await browser.close();
}
