// Writes the next migration for both databases:  node prisma/author-migration.mjs NAME
// Each migration folder keeps the schema it leads to; the next one is the difference from there, computed by Prisma's schema
// engine (WebAssembly, no download). PostgreSQL's dialect is asked of a live server: set TRIBUTARY_TEST_POSTGRES_URL.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { schemaFor } from '../../../scripts/generate-database-client.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

async function loadSchemaEngine() {
  const background = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const wasmFile = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(readFileSync(wasmFile), { './schema_engine_bg.js': background })
  background.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return background.SchemaEngine
}

/** SQL that leads from one schema to another; `from` null is an empty database. */
async function difference(SchemaEngine, factory, from, to) {
  const files = (content) => [{ path: 'schema.prisma', content }]
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', to]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  )
  const { stdout } = await engine.diff({
    from: from === null ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: files(from) },
    to: { tag: 'schemaDatamodel', files: files(to) },
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  // The schema is the search path of the connection that applies the file, not always "public".
  return (stdout ?? '').replace(/-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n+/, '')
}

const label = process.argv[2]
if (!/^[a-z0-9-]+$/.test(label ?? '')) {
  console.error('usage: node prisma/author-migration.mjs NAME   (lower-case letters, digits, hyphens)')
  process.exit(2)
}
const postgresUrl = process.env.TRIBUTARY_TEST_POSTGRES_URL
if (!postgresUrl) {
  console.error('Set TRIBUTARY_TEST_POSTGRES_URL to a PostgreSQL server; nothing is written to it.')
  process.exit(2)
}

const SchemaEngine = await loadSchemaEngine()
const factories = {
  sqlite: new PrismaLibSql({ url: 'file::memory:' }),
  postgres: new PrismaPg({ connectionString: postgresUrl }),
}
for (const [provider, factory] of Object.entries(factories)) {
  const folder = resolve(here, 'migrations', provider)
  mkdirSync(folder, { recursive: true })
  const names = readdirSync(folder).sort()
  const last = names.at(-1)
  const from = last ? readFileSync(join(folder, last, 'schema.prisma'), 'utf8') : null
  const to = schemaFor(provider)
  const sql = await difference(SchemaEngine, factory, from, to)
  if (!sql.trim() || sql.includes('This is an empty migration')) {
    console.log(`${provider}: no difference`)
    continue
  }
  const target = join(folder, `${String(names.length + 1).padStart(4, '0')}-${label}`)
  if (existsSync(target)) throw new Error(`${target} exists`)
  mkdirSync(target)
  writeFileSync(join(target, 'migration.sql'), sql)
  writeFileSync(join(target, 'schema.prisma'), to)
  console.log(`${provider}: ${target}`)
}
process.exit(0)
