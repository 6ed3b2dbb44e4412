// The same library out of a Python wheel: fetched by pip from the index that the user has configured, checked by our own hash.
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { folderBytes } from './package.mjs'
import { LINKS, Obstacle } from './plan.mjs'
import { runWatched } from './watched.mjs'

const STALL_SECONDS = 90
const REPORT_SECONDS = 10

// Arguments: wheel, target folder, [[prefix inside, what replaces it], ...]. zipfile checks the CRC of every entry.
const UNPACK = `
import json, os, shutil, sys, zipfile
wheel, target, rules = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        for prefix, replacement in rules:
            if entry.filename.startswith(prefix) and not entry.is_dir():
                path = os.path.join(target, replacement + entry.filename[len(prefix):])
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.open(entry) as source, open(path, 'wb') as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
`

/** Puts libraries, links and headers of the wheel into `copy`/deps. @throws {Obstacle} */
export async function unpackWheel({ wheel, tools, folder, copy, log, say }) {
  const file = await fetchWheel({ wheel, pip: tools.pip, folder, log, say })
  say('unpacking …')
  const deps = join(copy, 'deps')
  rmSync(deps, { recursive: true, force: true })
  const unpacked = await runWatched(tools.python, ['-c', UNPACK, file, deps, JSON.stringify(wheel.entries)], {
    log,
    limitSeconds: 300,
  })
  rmSync(file, { force: true })
  if (!unpacked.ok) {
    throw new Obstacle(
      `the wheel could not be unpacked: ${lastError(unpacked)}`,
      'See .tributary/native.log, then run: npm run native',
    )
  }
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(deps, 'lib', name))
}

async function fetchWheel({ wheel, pip, folder, log, say }) {
  const downloads = join(folder, 'wheel')
  const scratch = join(folder, 'scratch')
  mkdirSync(downloads, { recursive: true })
  mkdirSync(scratch, { recursive: true })
  const size = Math.round(wheel.bytes / 1e6)
  say(`downloading ${size} MB (once) …`)
  let seconds = 0
  const fetched = await runWatched(pip[0], [...pip.slice(1), ...pipArguments(wheel, downloads)], {
    // pip keeps the unfinished file in its temporary folder: here it can be measured and is removed with the rest.
    env: { ...process.env, TMPDIR: scratch },
    log,
    limitSeconds: 3600,
    measure: () => folderBytes(scratch) + folderBytes(downloads),
    patienceSeconds: () => STALL_SECONDS,
    onSecond: (bytes) => {
      seconds += 1
      if (seconds % REPORT_SECONDS === 0) say(`${Math.min(size, Math.round(bytes / 1e6))} of ${size} MB …`)
    },
  })
  const name = readdirSync(downloads).find((entry) => entry.endsWith('.whl'))
  if (!fetched.ok || !name) {
    throw new Obstacle(
      `pip could not download ${wheel.project} ${wheel.version}: ${lastError(fetched)}`,
      "When pip's index can be reached (pip config list), run: npm run native",
    )
  }
  const file = join(downloads, name)
  const sha256 = await sha256Of(file)
  if (sha256 !== wheel.sha256) {
    throw new Obstacle(
      `the downloaded ${wheel.project} ${wheel.version} has SHA-256 ${sha256.slice(0, 12)}… instead of ${wheel.sha256.slice(0, 12)}… and was not used`,
      'Check which index pip uses (pip config list; pip cache purge), then run: npm run native',
    )
  }
  return file
}

function pipArguments(wheel, folder) {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--timeout', '30', '--retries', '1']
  const exactly = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--platform', wheel.platform]
  return ['download', ...quiet, ...exactly, '--dest', folder, `${wheel.project}==${wheel.version}`]
}

/** The cause in the last error line of pip or Python, without the retries before it. */
export function lastError({ output, end }) {
  if (/NewConnectionError|Name or service not known|Read timed out|ConnectTimeout|Max retries exceeded/.test(output)) {
    return 'the package index cannot be reached'
  }
  return [...output.matchAll(/^(?:ERROR|\w*Error): (.{1,160})/gm)].at(-1)?.[1] ?? end
}

async function sha256Of(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
