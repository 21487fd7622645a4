/** The program under test: servers with data in memory, and commands for their apps, tokens and ACLs. */

import { execFileSync, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const program = resolve(process.env.PAIL ?? `${root}target/debug/pail`);

// The runner ends a test file that takes too long by SIGTERM. Servers and browsers end with it.
process.once('SIGTERM', () => process.exit(1));

/** The environment without what could change what the program does. */
export function withoutSettings(environment = process.env) {
  const names = Object.keys(environment).filter(name => !/^(CARGO$|AWS_|PAIL_)|_PROXY$|COLOR/i.test(name));
  return Object.fromEntries(names.map(name => [name, environment[name]]));
}

/** Starts `pail serve` on free ports and with further options, with tables of its own or over those of another server. */
export async function serve({ storage, environment = {}, options = [] } = {}) {
  const tables = storage ? ['--endpoint-url', storage.dynamodb] : ['--dynamodb-port', '0'];
  const child = spawn(program, ['serve', '--port', '0', ...tables, ...options], {
    env: { ...withoutSettings(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise(resolved => child.once('exit', resolved));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  let log = '';
  child.stderr.setEncoding('utf8').on('data', text => { log += text; });
  let banner = '';
  await new Promise((started, failed) => {
    child.stdout.setEncoding('utf8').on('data', text => {
      banner += text;
      if (banner.includes('Ctrl-C stops the server.')) started();
    });
    child.once('error', failed);
    child.once('exit', () => failed(new Error(`pail serve ended: ${log}`)));
  });

  // A test that fails before it stops its server ends all the same.
  const handles = [child, child.stdout, child.stderr];
  handles.forEach(handle => handle.unref());

  const stop = async () => {
    handles.forEach(handle => handle.ref());
    child.kill('SIGTERM');
    await ended;
    process.off('exit', kill);
  };
  return new Pail(banner, stop);
}

/** Attributes and the members of string sets come in any order. */
function inOrder(name, value) {
  if (name === 'SS') return value.toSorted();
  const isMap = value instanceof Object && !Array.isArray(value);
  return isMap ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

class Pail {
  #tokens = {};

  constructor(banner, stop) {
    /** What it printed when it was ready. */
    this.banner = banner;
    this.stop = stop;
    /** The site URL of Kii's SDKs. */
    this.api = banner.match(/^Pail is ready: (\S+)/m)[1];
    this.dynamodb = banner.match(/^DynamoDB API: (\S+)/m)?.[1];
  }

  /** Runs a command for this server, and returns what it prints. */
  run(...command) {
    return execFileSync(program, [...command, '--endpoint-url', this.dynamodb], { env: withoutSettings(), encoding: 'utf8' });
  }

  /** A token of the app `demo`, always the same one: `token('--user', 'alice')`. */
  token(...caller) {
    const key = caller.join(' ');
    this.#tokens[key] ??= this.run('token', '--app', 'demo', ...caller).trim();
    return this.#tokens[key];
  }

  /** Every item of all tables as a text, to show that a refused request wrote nothing. */
  async contents() {
    const tables = await Promise.all(['pail-apps', 'pail-objects', 'pail-index'].map(table => this.#scan(table)));
    return tables.flat().map(item => JSON.stringify(item, inOrder)).sort();
  }

  async #scan(table) {
    const answer = await fetch(this.dynamodb, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'DynamoDB_20120810.Scan', 'Content-Type': 'application/x-amz-json-1.0' },
      body: JSON.stringify({ TableName: table, ConsistentRead: true }),
    });
    const page = await answer.json();
    if (!answer.ok || page.LastEvaluatedKey) throw new Error(`cannot read ${table} in one page: ${JSON.stringify(page)}`);
    return page.Items;
  }
}
