/** What is not run, with the reason: a whole document, or the block that begins so. */
export const notRun = [
  { document: 'README.md', begins: 'cargo run\n', reason: 'the server, which the test starts' },
  { document: 'README.md', begins: 'sam build && sam deploy', reason: 'needs AWS; .ci/run builds and validates the template' },
  { document: 'CONTRIBUTING.md', reason: 'builds and checks Pail itself, as .ci/run does' },
  { document: 'docs/containers.md', reason: 'needs Docker; .ci/sam-local does the same' },
  { document: 'docs/deploy.md', reason: 'needs AWS' },
  { document: 'docs/logins.md', reason: 'run by tests/cli/logins.rs, with key sets and tokens of each provider' },
  { document: 'docs/logs.md', reason: 'needs AWS' },
  { document: 'docs/performance.md', reason: 'measures for a long time' },
  { document: 'docs/reliability.md', reason: 'tests Pail for a long time; .ci/long does most of it' },
  { document: 'docs/queries.md', begins: 'cargo run -- serve', reason: 'the server, which the test starts with these options' },
  { document: 'docs/queries.md', begins: 'pail index create', reason: 'waits for 17 minutes; tests/it/indexes/life.rs does the same' },
  { document: 'benches/README.md', reason: 'measures for a long time' },
  { document: 'estimates/README.md', reason: '.ci/run does the same' },
  { document: 'events/README.md', reason: 'needs Docker; .ci/sam-local does the same' },
  { document: 'fuzz/README.md', reason: 'fuzzes for a long time; .ci/fuzz does it for four minutes' },
];
