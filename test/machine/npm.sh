#!/usr/bin/env bash
# Installs the npm packages of the lock file, Node 24 among them.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v npm >/dev/null; then
  echo "npm was not found. Install Node.js 20 or later with npm (Debian: apt-get install npm); Node 24 itself then comes from npm." >&2
  exit 1
fi
echo "installing npm packages (Node 24 among them) …"
# The engine warnings are about the Node that runs npm, not the one that runs us.
npm ci --loglevel=error --no-audit --no-fund
if [ ! -x node_modules/.bin/node ]; then
  echo "npm brought no Node 24 for $(uname -s)/$(uname -m). Known: linux x64 and arm64, macOS x64 and arm64, Windows x64." >&2
  echo "With a Node 24 of your own: ln -s \"\$(command -v node)\" node_modules/.bin/node" >&2
  exit 1
fi
