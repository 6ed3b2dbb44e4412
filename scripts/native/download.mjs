// The way of tfjs-node itself: its install script fetches libtensorflow 2.9.1 and the binding from its own host.
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { folderBytes } from './package.mjs'
import { runWatched } from './watched.mjs'

const CONNECT_SECONDS = 20
const STALL_SECONDS = 60
const BUILD_SECONDS = 180

/**
 * Runs scripts/install.js in the staged copy.
 * @returns {Promise<{ ok: boolean, why: string }>} ok: the library and the binding are in place
 */
export async function downloadByTfjs({ node, copy, packageDir, log, say }) {
  const deps = join(copy, 'deps')
  const bin = join(packageDir, 'node_modules', '.bin')
  const env = { ...process.env, PATH: [dirname(node), bin, process.env.PATH].join(delimiter) }
  let reported = 0
  const { ok, output, end } = await runWatched(node, [join('scripts', 'install.js')], {
    cwd: copy,
    env,
    log,
    limitSeconds: 1800,
    measure: () => folderBytes(deps),
    patienceSeconds: (bytes, text) => {
      if (text.includes('* Building TensorFlow')) return BUILD_SECONDS
      return bytes === 0 ? CONNECT_SECONDS : STALL_SECONDS
    },
    onSecond: (bytes) => {
      if (bytes - reported < 100e6) return
      reported = bytes
      say(`unpacked ${Math.round(bytes / 1e6)} MB of the library`)
    },
  })
  const complete = ok && existsSync(deps) && existsSync(join(copy, 'lib'))
  return { ok: complete, why: complete ? '' : causeOf(output, end) }
}

/** The code of a network error if the stack trace has one, else its first error line. */
export function causeOf(output, end) {
  const code = /\b(ENOTFOUND|EAI_AGAIN|ECONN[A-Z]+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|[A-Z_]*CERT[A-Z_]*|TAR_[A-Z_]+)\b/.exec(
    output,
  )
  if (code) return code[1]
  if (end.startsWith('no progress')) return end
  return /^(?:\w*Error|.*failed with error): (.{1,160})/m.exec(output)?.[1] ?? end
}
