'use strict';
const fs = require('node:fs');
const path = require('node:path');

// TINCAN_NODE_ADDON names a build of one's own; else what `npm install` built, or `make node`.
const places = [
  process.env.TINCAN_NODE_ADDON,
  path.join(__dirname, '..', 'build', 'node', 'tincan.node'),
  path.join(__dirname, '..', '..', 'build-node', 'node', 'tincan.node'),
].filter(Boolean);
const found = places.find((place) => fs.existsSync(place));
if (!found) throw new Error(`tincan's addon is not built: run npm install in ${path.join(__dirname, '..')}`);
module.exports = require(path.resolve(found));
