'use strict';
// `npm install` in node/: builds the addon with CMake in node/build. TINCAN_NODE_SKIP_BUILD=1 leaves that out.
const {spawnSync} = require('node:child_process');
const path = require('node:path');

if (process.env.TINCAN_NODE_SKIP_BUILD) process.exit(0);
const root = path.join(__dirname, '..', '..');
const build = path.join(__dirname, '..', 'build');
const run = (...command) => {
  const {status, error} = spawnSync(command[0], command.slice(1), {stdio: 'inherit'});
  if (error) console.error(`tincan: ${command[0]}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
};
run('cmake', '-S', root, '-B', build, '-DCMAKE_BUILD_TYPE=Release', '-DTINCAN_NODE=ON', '-DTINCAN_FLOORS=stack;devices',
    '-DTINCAN_TESTS=OFF', '-DTINCAN_APPS=OFF');
run('cmake', '--build', build, '--target', 'tincan_node', '--parallel');
