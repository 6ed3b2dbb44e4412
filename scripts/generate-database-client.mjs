// Writes the coordinator's database clients (SQLite and PostgreSQL) from one Prisma schema. Needs no network.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const coordinator = resolve(dirname(fileURLToPath(import.meta.url)), '../apps/coordinator')
const schemaFile = join(coordinator, 'prisma/schema.prisma')

/** The schema for a provider; the one in the repository is SQLite's. */
export function schemaFor(provider, source = readFileSync(schemaFile, 'utf8')) {
  if (provider === 'sqlite') return source
  const derived = source
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace('"../src/generated/sqlite"', '"../src/generated/postgres"')
  if (derived.includes('sqlite"')) throw new Error('schema.prisma changed its form: the PostgreSQL schema could not be derived')
  return derived
}

function generate(provider) {
  const folder = mkdtempSync(join(coordinator, 'prisma/.generate-'))
  try {
    const output = join(coordinator, 'src/generated', provider)
    const schema = join(folder, 'schema.prisma')
    writeFileSync(schema, schemaFor(provider).replace(/output\s+= ".*"/, `output = ${JSON.stringify(output)}`))
    rmSync(output, { recursive: true, force: true })
    const require = createRequire(join(coordinator, 'package.json'))
    const manifest = require.resolve('prisma/package.json')
    const cli = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.prisma)
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate', '--schema', schema, '--no-hints'], {
      cwd: coordinator,
      encoding: 'utf8',
      env: {
        ...process.env,
        // The command line first downloads a schema engine that `generate` never runs; any executable satisfies it.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
        NO_COLOR: '1',
      },
    })
    if (status !== 0) throw new Error(`prisma generate (${provider}) failed:\n${stdout}\n${stderr}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const provider of ['sqlite', 'postgres']) generate(provider)
}
