/** The examples of the documents, run as they stand there against `pail serve`. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { root, serve } from '../support/pail.mjs';
import { notRun } from './not-run.mjs';
import { fences } from './support/fences.mjs';
import { assertShows } from './support/output.mjs';
import { run } from './support/run.mjs';
import { steps } from './support/steps.mjs';

const read = document => readFileSync(`${root}${document}`, 'utf8');

/** The options of the server that a document asks for. */
const optionsIn = document => /^cargo run -- serve (.*)$/m.exec(read(document))[1].split(' ');

// With this variable, Pail's messages say `cargo run --`, as for a reader who has not installed it.
const pail = await serve({ environment: { CARGO: 'cargo' }, options: optionsIn('docs/queries.md') });
after(() => pail.stop());

/** In this order, as later ones use what earlier ones create. */
const RUN = {
  'README.md': {},
  'docs/local.md': {},
  'docs/queries.md': {},
  'docs/kii.md': {},
  // Its examples leave out which installation is meant.
  'docs/command-line.md': { AWS_ENDPOINT_URL_DYNAMODB: pail.dynamodb },
};

const isListed = (document, fence) => entry => entry.document === document && (!entry.begins || fence.text.startsWith(entry.begins));
const isRun = document => fence => !notRun.some(isListed(document, fence));

/** The output of the server as a document shows it. */
const asShown = text => text.replaceAll(pail.api, 'http://127.0.0.1:8080/api').replaceAll(pail.dynamodb, 'http://127.0.0.1:8000');

const made = Object.fromEntries(Object.keys(RUN).map(document => [document, steps(document, read(document), pail.banner, isRun(document))]));

for (const [document, environment] of Object.entries(RUN)) {
  test(`${document} does what it says`, async () => {
    await run(pail, made[document], environment);
    for (const { where, run: lines, printed, output, statuses, refusals } of made[document]) {
      if (output) assertShows(asShown(printed), output, where);
      if (lines) assert.deepEqual(statuses.filter(status => status >= 400), refusals, `${where}: refused requests`);
    }
  });
}

test('parts of programs are parts of those that are run', () => {
  const files = Object.values(made).flat().filter(step => step.file).flatMap(step => step.text.split('\n'));
  for (const { where, fragment } of Object.values(made).flat().filter(step => step.fragment)) {
    for (const line of fragment.trim().split('\n')) assert.ok(files.includes(line), `${where}: no program has this line: ${line}`);
  }
});

test('every block of commands is run, or listed with the reason why not', () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory() && !/^[.]|^target$/.test(entry.name));
  const documents = ['', ...folders.map(({ name }) => `${name}/`)].flatMap(folder =>
    readdirSync(`${root}${folder}`).filter(name => name.endsWith('.md')).map(name => `${folder}${name}`));
  const used = new Set();
  for (const document of documents) {
    for (const fence of fences(read(document)).filter(({ language }) => ['sh', 'console'].includes(language))) {
      const entry = notRun.find(isListed(document, fence));
      assert.ok(entry || document in RUN, `${document}:${fence.line} is neither run nor listed`);
      used.add(entry);
    }
  }
  assert.deepEqual(notRun.filter(entry => !used.has(entry)), [], 'listed, but not there');
});
