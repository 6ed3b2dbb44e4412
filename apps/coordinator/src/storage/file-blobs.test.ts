import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runBlobsContract } from './blobs-contract.ts'
import { FileBlobs } from './file-blobs.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'tributary-blobs-'))

runBlobsContract('files', async () => {
  const dataDir = folder()
  return {
    blobs: await FileBlobs.create(dataDir),
    reopen: () => FileBlobs.create(dataDir),
    remove: async () => rmSync(dataDir, { recursive: true }),
  }
})

it('sweeps interrupted writes of its own, and leaves staged uploads alone', async () => {
  const dataDir = folder()
  const { stagingFolder } = await FileBlobs.create(dataDir)
  for (const name of ['put-old', 'put-young', 'upload-old']) writeFileSync(join(stagingFolder, name), 'x')
  const before = new Date(Date.now() - 2 * 3_600_000)
  for (const name of ['put-old', 'upload-old']) utimesSync(join(stagingFolder, name), before, before)
  await FileBlobs.create(dataDir)
  expect(readdirSync(stagingFolder).sort()).toEqual(['put-young', 'upload-old'])
  expect(existsSync(join(dataDir, 'blobs', 'ff'))).toBe(true)
  rmSync(dataDir, { recursive: true })
})
