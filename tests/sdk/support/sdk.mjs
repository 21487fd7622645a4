/** Kii's SDK as it is published, and one session of it for each kind of caller. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { root } from '../../support/pail.mjs';

// .ci/clients installs it there.
const kii = createRequire(`${root}target/clients/`)('kii-cloud-sdk');

/** An SDK with its own current user and site. Nobody is logged in: an anonymous caller. */
export function anonymous(pail, app = 'demo', key = 'demo-key') {
  const sdk = kii.create();
  sdk.Kii.initializeWithSite(app, key, pail.api);
  return sdk;
}

/** An SDK whose current user is this one. */
export async function asUser(pail, id, ...groups) {
  const sdk = anonymous(pail);
  await sdk.KiiUser.authenticateWithToken(pail.token('--user', id, ...groups.flatMap(group => ['--group', group])));
  return sdk;
}

/** The context of the administrator, in an SDK of its own or in this one. */
export function asAdministrator(pail, sdk = anonymous(pail)) {
  return sdk.Kii.authenticateAsAdminWithToken(pail.token('--admin'));
}

/** The context of a thing. */
export function asThing(pail, id) {
  return anonymous(pail).Kii.authenticateAsThingWithToken(id, pail.token('--thing', id));
}

/** Saves a new object with these fields. */
export async function create(bucket, fields) {
  const object = bucket.createObject();
  for (const [name, value] of Object.entries(fields)) object.set(name, value);
  return object.saveAllFields();
}

/** The fields of an object, as the SDK holds them. */
export function fields(object) {
  return Object.fromEntries(object.getKeys().map(name => [name, object.get(name)]));
}

/** Expects the SDK to reject a call with this error code, and the status that it derives from the code. Returns the error. */
export async function rejected(call, code, status) {
  let error;
  await assert.rejects(call, thrown => {
    error = thrown;
    return true;
  });
  const shown = kii.create().KiiErrorParser.parse(error);
  assert.deepEqual([shown.code, shown.status], [code, status], error.message);
  return error;
}

/** The same for a call that the server refuses: nothing is written. */
export async function refused(pail, call, code, status) {
  const before = await pail.contents();
  const error = await rejected(call, code, status);
  assert.deepEqual(await pail.contents(), before, `${code}, but something was written`);
  return error;
}
