// The binding of tfjs-node, without node-gyp: it uses only Node-API, whose headers are a package.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Obstacle } from './plan.mjs'
import { runWatched } from './watched.mjs'

/** Compiles `copy`/binding against `copy`/deps into `copy`/lib/napi-v8. Linux only. @throws {Obstacle} */
export async function compileBinding({ tools, copy, log, say }) {
  say('compiling the binding …')
  const sources = readdirSync(join(copy, 'binding'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join('binding', name))
  const output = join('lib', 'napi-v8')
  mkdirSync(join(copy, output), { recursive: true })
  const argv = [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...[`-I${tools.nodeHeaders}`, '-Ideps/include', ...sources],
    // Relative to the binding, so that the folders can be moved together.
    ...['-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ...['-o', join(output, 'tfjs_binding.node')],
  ]
  const { ok, end } = await runWatched(tools.compiler, argv, { cwd: copy, log, limitSeconds: 600 })
  if (!ok) {
    throw new Obstacle(`the binding did not compile (${end})`, 'The output is in .tributary/native.log; then run: npm run native')
  }
}
