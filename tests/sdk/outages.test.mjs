/** What the SDK shows when an app is disabled, and when storage or server do not answer. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asUser, create, refused, rejected } from './support/sdk.mjs';

const pail = await serve();
after(() => pail.stop());

test('a disabled app is refused for every caller, until it is enabled', async () => {
  pail.run('app', 'create', '--app', 'other', '--key', 'other-key');
  const sdk = anonymous(pail, 'other', 'other-key');
  const administrator = sdk.Kii.authenticateAsAdminWithToken(pail.run('token', '--app', 'other', '--admin').trim());
  const bucket = administrator.bucketWithName('news');
  await create(bucket, {});
  pail.run('app', 'disable', '--app', 'other');
  await refused(pail, () => create(bucket, {}), 'APP_DISABLED', 403);
  await refused(pail, () => sdk.Kii.bucketWithName('news').executeQuery(null), 'APP_DISABLED', 403);
  pail.run('app', 'enable', '--app', 'other');
  assert.equal((await bucket.count())[2], 1);
});

test('storage that does not answer is TEMPORARY_UNAVAILABLE_ERROR', async () => {
  const storage = await serve();
  const server = await serve({ storage });
  const sdk = anonymous(server);
  await storage.stop();
  const error = await rejected(() => sdk.Kii.bucketWithName('news').executeQuery(null), 'TEMPORARY_UNAVAILABLE_ERROR', 503);
  assert.match(error.message, /nothing was changed; try again[.]$/);
  await server.stop();
});

test('a server that does not answer is a network error', async () => {
  const server = await serve();
  const sdk = await asUser(server, 'alice');
  await server.stop();
  const error = await rejected(() => create(sdk.Kii.bucketWithName('news'), {}), null, 0);
  assert.match(error.message, /^0 : http:/);
});
