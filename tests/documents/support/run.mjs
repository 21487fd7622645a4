/** Runs the steps of a document in one shell, in an empty folder. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program, root, withoutSettings } from '../../support/pail.mjs';

// curl succeeds with every status, so it is noted.
const PRELUDE = `set -eE -o pipefail
curl() { command curl --write-out '%{stderr}\\nstatus %{http_code}\\n' "$@"; }
show-page() { node ${fileURLToPath(new URL('show-page.mjs', import.meta.url))} "$1"; }
`;

/** Adds to each step what it printed, and the statuses of its requests. */
export async function run(pail, steps, environment) {
  const folder = await mkdtemp(join(tmpdir(), 'pail-documents-'));
  try {
    await symlink(program, join(folder, 'pail'));
    await mkdir(join(folder, 'work'));
    await writeFile(join(folder, 'script'), PRELUDE + steps.map((step, n) => lines(step, join(folder, `${n}`))).join('\n'));
    const shell = spawn('bash', [join(folder, 'script')], {
      cwd: join(folder, 'work'),
      env: { ...withoutSettings(), PATH: `${folder}${delimiter}${process.env.PATH}`, NODE_PATH: `${root}target/clients/node_modules`, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [status] = await once(shell, 'exit');
    const output = (n, name) => readFileSync(join(folder, `${n}.${name}`), 'utf8');
    const last = steps.findLastIndex((_, n) => existsSync(join(folder, `${n}.err`)));
    if (status !== 0) assert.fail(`a line of ${steps[last]?.where} failed: ${output(last, 'err')}`);
    for (const [n, step] of steps.entries()) {
      if (step.run === undefined) continue;
      step.printed = output(n, 'out');
      step.statuses = [...output(n, 'err').matchAll(/^status (\d{3})$/gm)].map(([, code]) => code);
    }
  } finally {
    await rm(folder, { recursive: true });
  }

  /** A step as lines of the script. */
  function lines(step, output) {
    const here = text => text.replaceAll(/cargo run (-q )?-- /g, 'pail ').replaceAll('http://127.0.0.1:8080/api', pail.api).replaceAll('http://127.0.0.1:8000', pail.dynamodb);
    if (step.file) return `cat >${step.file} <<'END OF FILE'\n${here(step.text)}END OF FILE\n`;
    return step.run === undefined ? '' : `exec >${output}.out 2>${output}.err\n${here(step.run)}`;
  }
}
