import { readFileSync } from 'node:fs'

export interface Chunk {
  readonly file: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
  readonly assets?: readonly string[]
  readonly isEntry?: boolean
}

/** What the build says of its modules, by their paths from the dashboard. */
export type Manifest = Readonly<Record<string, Chunk>>

/** @param dist - folder of a built dashboard */
export const manifestIn = (dist: string): Manifest =>
  JSON.parse(readFileSync(`${dist}/.vite/manifest.json`, 'utf8')) as Record<string, Chunk>

/** What a browser loads for these modules: they, what they import, and their styles. */
export function filesOf(manifest: Manifest, modules: readonly string[]): Set<string> {
  const files = new Set<string>()
  const seen = new Set<string>()
  const add = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const chunk = manifest[name]
    if (chunk === undefined) throw new Error(`no ${name} in the build`)
    files.add(chunk.file)
    for (const style of chunk.css ?? []) files.add(style)
    for (const other of chunk.imports ?? []) add(other)
  }
  for (const name of modules) add(name)
  return files
}
