import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { createCompiledCatalog } from '@lingui/cli/api'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const LARGE = 400_000
const here = fileURLToPath(new URL('.', import.meta.url))

/** Catalogues go into the page parsed: messages as arrays, no parser in the browser. A message that does not parse stops the build. */
function compiledWords(): Plugin {
  return {
    name: 'compiled-words',
    apply: 'build',
    enforce: 'pre',
    transform(source, id) {
      const locale = /\/src\/(?:words|participant\/words)\/(en|zh)\.json$/.exec(id)?.[1]
      if (locale === undefined) return null
      const { source: compiled, errors } = createCompiledCatalog(locale, JSON.parse(source), { strict: true, namespace: 'json' })
      const first = errors[0]
      if (first !== undefined) throw new Error(`${id}: ${first.id}: ${first.error.message}`)
      return { code: JSON.stringify(JSON.parse(compiled).messages), map: null }
    },
  }
}

/** A .br and a .gz beside each text asset: the coordinator hands them out as they are. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = join(here, 'dist') }) {
      const folder = join(dir, 'assets')
      const text = (await readdir(folder)).filter((name) => /\.(js|css|svg|wasm)$/.test(name))
      await Promise.all(
        text.map(async (name) => {
          const content = await readFile(join(folder, name))
          // Brotli takes seconds for a megabyte, which a first start should not wait for.
          if (content.length < LARGE) await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(content))
          await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(content))
        }),
      )
    },
  }
}

export default defineConfig({
  root: here,
  plugins: [compiledWords(), react(), compressed()],
  css: {
    modules: {
      generateScopedName: (name, file) =>
        `${name}_${createHash('sha256').update(file.slice(here.length)).digest('hex').slice(0, 5)}`,
    },
  },
  worker: { format: 'es' },
  build: {
    // Nothing may be a data: URL but images, and the page is served by the coordinator alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4_000,
    manifest: true,
    rolldownOptions: { checks: { pluginTimings: false } },
    target: 'es2023',
  },
})
