import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const dashboard = fileURLToPath(new URL('../../apps/dashboard/', import.meta.url))

/** The part of Vite that is used here; it is a dependency of the dashboard's alone. */
interface Vite {
  build(config: object): Promise<unknown>
}

async function loadVite(): Promise<Vite> {
  const entry = createRequire(`${dashboard}package.json`).resolve('vite')
  return (await import(pathToFileURL(entry).href)) as Vite
}

/** Builds the page of the tests that use the client without the dashboard. */
export async function buildClientPage(outDir: string): Promise<void> {
  const vite = await loadVite()
  await vite.build({
    configFile: false,
    root: fileURLToPath(new URL('./client-page/', import.meta.url)),
    base: '/page/',
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      minify: false,
      target: 'es2023',
      modulePreload: { polyfill: false },
    },
  })
}

/** A plugin of Vite's that changes a module's source. */
export interface SourceChange {
  /** End of the module's path. */
  readonly file: string
  readonly change: (source: string) => string
}

/** Builds the real dashboard, with its own configuration, perhaps with a module changed. */
export async function buildDashboard(outDir: string, changes: readonly SourceChange[] = []): Promise<void> {
  const vite = await loadVite()
  // Vite takes it from its surroundings, and a test's would build the pages of development.
  process.env.NODE_ENV = 'production'
  const changed = new Set<string>()
  const plugin = () => ({
    name: 'changed-source',
    enforce: 'pre',
    transform(source: string, id: string) {
      const found = changes.find(({ file }) => id.split('?')[0]?.endsWith(file))
      if (found === undefined) return null
      changed.add(found.file)
      return { code: found.change(source), map: null }
    },
  })
  await vite.build({
    root: dashboard,
    configFile: `${dashboard}vite.config.ts`,
    logLevel: 'error',
    plugins: [plugin()],
    worker: { plugins: () => [plugin()] },
    build: { outDir, emptyOutDir: true },
  })
  for (const { file } of changes) if (!changed.has(file)) throw new Error(`${file} is no part of the page`)
}
