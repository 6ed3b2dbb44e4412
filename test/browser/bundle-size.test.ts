import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { filesOf, type Manifest, manifestIn } from './build-manifest.ts'
import { requireBuiltPages } from './built-pages.ts'

const dist = fileURLToPath(new URL('../../apps/dashboard/dist/', import.meta.url))
const KB = 1_000

const manifestOf = (): Manifest => {
  requireBuiltPages()
  return manifestIn(dist)
}

const zipped = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0)

it('is at most 200 kB for the first page, and 245 with a run', () => {
  const manifest = manifestOf()
  const first = ['index.html', 'src/pages/federations/federations.tsx', 'src/words/zh.json']
  const signIn = ['index.html', 'src/pages/sign-in/sign-in.tsx', 'src/words/zh.json']
  const firstFiles = filesOf(manifest, first)
  const runFiles = [...filesOf(manifest, ['src/pages/run/run-page.tsx'])].filter((file) => !firstFiles.has(file))
  const sizes = { signIn: zipped(filesOf(manifest, signIn)), first: zipped(firstFiles), run: zipped(runFiles) }
  console.log(`gzip: sign-in ${sizes.signIn} B, first page ${sizes.first} B, run page + ${sizes.run} B`)
  expect(sizes.signIn).toBeLessThanOrEqual(200 * KB)
  expect(sizes.first).toBeLessThanOrEqual(200 * KB)
  expect(sizes.first + sizes.run).toBeLessThanOrEqual(245 * KB)
})

it('names no other origin in what is loaded first', () => {
  const manifest = manifestOf()
  const page = readFileSync(`${dist}index.html`, 'utf8')
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(page).not.toMatch(/<style|<script>/)
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry === true)
  expect(entry?.file).toMatch(/^assets\//)
})
