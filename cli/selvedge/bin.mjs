#!/usr/bin/env node
// What `npx selvedge` starts. Node 24 runs TypeScript as it is; an older one hands over to the Node among the packages.
import module from 'node:module';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache();
  await import('./main.ts');
} else {
  process.argv.splice(2, 0, 'cli/selvedge/main.ts');
  await import('../../dev/bootstrap.mjs');
}
