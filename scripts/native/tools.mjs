import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, isAbsolute, join } from 'node:path'

/** Absolute path of the first of these commands that PATH has. */
export function findCommand(names, env = process.env) {
  for (const name of names) {
    for (const folder of isAbsolute(name) ? [''] : (env.PATH ?? '').split(delimiter).filter(Boolean)) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not here.
      }
    }
  }
  return null
}

const works = (file, argv) => spawnSync(file, argv, { stdio: 'ignore', timeout: 30_000 }).status === 0

/** What fetches, unpacks and compiles; null for what is missing. */
export function findTools(root, env = process.env) {
  const python = ['python3', 'python']
    .map((name) => findCommand([name], env))
    .find((path) => path && works(path, ['-c', 'import sys, zipfile; sys.exit(sys.version_info < (3, 6))']))
  const loosePip = findCommand(['pip3', 'pip'], env)
  const pips = [python && [python, '-m', 'pip'], loosePip && [loosePip]]
  return {
    python: python ?? null,
    pip: pips.find((pip) => pip && works(pip[0], [...pip.slice(1), '--version'])) ?? null,
    compiler: findCommand(env.CXX ? [env.CXX, 'g++', 'c++', 'clang++'] : ['g++', 'c++', 'clang++'], env),
    nodeHeaders: nodeHeaders(root),
  }
}

function nodeHeaders(root) {
  try {
    return createRequire(join(root, 'package.json'))('node-api-headers').include_dir
  } catch {
    return null
  }
}
