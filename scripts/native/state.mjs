// What the first try came to, remembered in .tributary/native.json so that it is made once per node_modules.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const stateFile = (root) => join(root, '.tributary', 'native.json')

/** Lies in the package folder: a fresh node_modules has lost the libraries, and this file with them. */
export const markerFile = (packageDir) => join(packageDir, '.tributary-native')

/**
 * Whether scripts/native.mjs should be run before the product: never tried, or tried in a node_modules that is gone.
 * A failed try counts as a try. Costs two small reads.
 */
export function nativeIsDue(root, env = process.env) {
  if (env.TRIBUTARY_NATIVE === 'off') return false
  try {
    const { marker } = JSON.parse(readFileSync(stateFile(root), 'utf8'))
    return marker !== null && !existsSync(marker)
  } catch {
    return true
  }
}

/**
 * Writes the marker first and the state last, by rename: whoever reads a state reads a whole one.
 * @param {{ ok: boolean, how: 'present' | 'download' | 'wheel' | null, reason: string | null, nextStep: string | null,
 *   tfjsNode: string | null, libtensorflow: string | null }} outcome
 * @param {boolean} counts false: a try that was refused (TRIBUTARY_NATIVE=off) leaves no marker, so the next start tries
 */
export function writeState(root, outcome, counts = true) {
  const marker = outcome.tfjsNode === null ? null : markerFile(outcome.tfjsNode)
  const state = { ...outcome, at: new Date().toISOString(), marker }
  if (marker !== null) {
    try {
      if (counts) writeFileSync(marker, `${state.at}\n`)
      else rmSync(marker, { force: true })
    } catch {
      // A read-only node_modules cannot change either: one try is enough.
      state.marker = null
    }
  }
  const file = stateFile(root)
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(temporary, file)
  return state
}
