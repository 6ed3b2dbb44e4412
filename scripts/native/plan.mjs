// What can be done on this machine, decided from facts alone: no I/O here.

/** Disk space for the wheel, the unpacked libraries and the binding while all three exist. */
const NEEDED_BYTES = 1_000_000_000

const HEADERS = [
  ['tensorflow/include/tensorflow/c/', 'include/tensorflow/c/'],
  ['tensorflow/include/tensorflow/core/platform/ctstring', 'include/tensorflow/core/platform/ctstring'],
  ['tensorflow/include/tsl/', 'include/tsl/'],
]
const LIBRARIES = [
  ['tensorflow/libtensorflow_cc.so.2', 'lib/libtensorflow_cc.so.2'],
  ['tensorflow/libtensorflow_framework.so.2', 'lib/libtensorflow_framework.so.2'],
]

/**
 * Wheels whose `libtensorflow_cc` exports the C API that the binding of tfjs-node calls.
 * `entries`: [prefix of the name inside the wheel, what replaces it under deps/].
 * linux-arm64: hash and exported symbols were checked, it was never run; the check by loading decides there as everywhere.
 */
export const WHEELS = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    version: '2.15.1',
    platform: 'manylinux2014_x86_64',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    bytes: 207_208_420,
    entries: [...LIBRARIES, ...HEADERS],
  },
  'linux-arm64': {
    project: 'tensorflow-cpu-aws',
    version: '2.15.1',
    platform: 'manylinux2014_aarch64',
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
    bytes: 211_874_120,
    // Its library looks for OpenMP in $ORIGIN/../tensorflow_cpu_aws.libs.
    entries: [...LIBRARIES, ...HEADERS, ['tensorflow_cpu_aws.libs/', 'tensorflow_cpu_aws.libs/']],
  },
}

/** Names under which tfjs-node and its binding look for the two libraries of the wheel, in deps/lib. */
export const LINKS = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2.9.1': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
  'libtensorflow_framework.so.2.9.1': 'libtensorflow_framework.so.2',
}

const OWN_DOWNLOADS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']
const AGAIN = 'npm run native'

/** Why native TensorFlow cannot be installed, and what a person can do about it (null: nothing). */
export class Obstacle extends Error {
  /** @param {string} reason @param {string | null} nextStep */
  constructor(reason, nextStep) {
    super(reason)
    this.name = 'Obstacle'
    this.nextStep = nextStep
  }
}

/**
 * Decides before anything is downloaded.
 * @param {{ platform: string, arch: string, musl: boolean, nodeMajor: number, off: boolean, packageDir: string | null,
 *   freeBytes: number }} facts
 * @returns {{ obstacle: Obstacle | null, download: boolean, wheel: typeof WHEELS['linux-x64'] | null }}
 */
export function planOf(facts) {
  const target = `${facts.platform}-${facts.arch}`
  const wheel = WHEELS[target] ?? null
  const download = OWN_DOWNLOADS.includes(target)
  const obstacle = obstacleOf(facts, target, download || wheel !== null)
  return obstacle ? { obstacle, download: false, wheel: null } : { obstacle: null, download, wheel }
}

function obstacleOf(facts, target, anyWay) {
  if (facts.off) return new Obstacle('TRIBUTARY_NATIVE=off', `Unset TRIBUTARY_NATIVE and run: ${AGAIN}`)
  if (facts.packageDir === null) {
    return new Obstacle(
      'the optional package @tensorflow/tfjs-node is missing from node_modules',
      'Remove node_modules and run npm start again',
    )
  }
  if (facts.nodeMajor > 22) {
    return new Obstacle(`tfjs-node 4.22.0 does not load in Node ${facts.nodeMajor}`, `Use Node 22 and run: ${AGAIN}`)
  }
  if (!anyWay) return new Obstacle(`there is no libtensorflow for ${target}`, null)
  if (facts.musl) return new Obstacle('libtensorflow needs glibc and this system uses musl', null)
  if (facts.freeBytes < NEEDED_BYTES) {
    const have = Math.round(facts.freeBytes / 1e6)
    return new Obstacle(`it needs 1 GB of free disk space, there are ${have} MB`, `Free some space and run: ${AGAIN}`)
  }
  return null
}

/**
 * The tools that the wheel needs, checked before its 207 MB are fetched.
 * @param {{ python: string | null, pip: string[] | null, compiler: string | null, nodeHeaders: string | null }} tools
 * @returns {Obstacle | null}
 */
export function toolObstacle(tools) {
  const missing = []
  if (tools.python === null)
    missing.push({ what: 'no Python 3', install: 'python3 and pip', apt: 'python3-pip', dnf: 'python3-pip' })
  else if (tools.pip === null) missing.push({ what: 'no pip', install: 'pip', apt: 'python3-pip', dnf: 'python3-pip' })
  if (tools.compiler === null) missing.push({ what: 'no C++ compiler', install: 'g++', apt: 'g++', dnf: 'gcc-c++' })
  if (missing.length > 0) {
    const list = (key, separator) => missing.map((m) => m[key]).join(separator)
    return new Obstacle(
      list('what', ' and '),
      `Install ${list('install', ' and ')} (Debian, Ubuntu: apt install ${list('apt', ' ')}; Fedora: dnf install ${list('dnf', ' ')}) and run: ${AGAIN}`,
    )
  }
  if (tools.nodeHeaders === null) {
    return new Obstacle(
      'the package node-api-headers is missing from node_modules',
      'Remove node_modules and run npm start again',
    )
  }
  return null
}

/** The one line that a person sees when training will have to do without. */
export function failureLine({ reason, nextStep }) {
  const rest = 'Training uses WASM, up to 20 times slower on convolutions.'
  return `Native TensorFlow is not installed (${reason}). ${rest}${nextStep ? ` ${nextStep}` : ''}`
}
