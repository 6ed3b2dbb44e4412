import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { CLIENT_VERSION } from './version.ts'

it("is the package's version", async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(CLIENT_VERSION).toBe(version)
})
