// Everything that reads the code without running it: types, format and lint, promise rules, boundaries.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const MINIMUM_MODULES = 60

const bin = (name, pkg = name) => {
  const dir = join(root, 'node_modules', pkg)
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return join(dir, typeof bin === 'string' ? bin : bin[name])
}
const step = (title, argv, inspect) => {
  const started = Date.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const complaint = status === 0 ? inspect?.(stdout) : `${stdout}\n${stderr}`
  console.log(`${complaint ? 'FAIL' : 'ok  '} ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  if (complaint) console.log(complaint.trim())
  return !complaint
}

const results = [
  step('types: tsc', [bin('tsc', 'typescript')]),
  step('format and lint: biome', [bin('biome', '@biomejs/biome'), 'ci', '--colors=off', '--diagnostic-level=error', '.']),
  step('promises: oxlint', [bin('oxlint'), '--type-aware', 'packages', 'apps', 'test', 'bench', 'examples', 'scripts']),
  step(
    'boundaries: dependency-cruiser',
    [bin('depcruise', 'dependency-cruiser'), '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'packages', 'apps'],
    (out) => {
      const { summary } = JSON.parse(out)
      // A cruiser that finds no module finds no violation either.
      if (summary.totalCruised < MINIMUM_MODULES)
        return `only ${summary.totalCruised} modules cruised, expected at least ${MINIMUM_MODULES}`
      return summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`).join('\n')
    },
  ),
]
process.exit(results.every(Boolean) ? 0 : 1)
