import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelSpecification } from '@tributary/models/specification'
import { runConfigSchema } from '@tributary/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { loadMnistPart, mnistClassCounts } from '../institution/mnist-part.ts'
import { freshDemoFolder } from './data-folder.ts'
import { portOrAny } from './port-or-any.ts'
import { defaultModel, demoModels, demoRunConfig } from './recipes.ts'
import { splitTable } from './split-table.ts'

const parent = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
afterAll(() => rm(parent, { recursive: true }))

describe('freshDemoFolder', () => {
  it('removes what ended demos left, and nothing else', async () => {
    // No process has a number as high as this on any system.
    await mkdir(join(parent, '2026-01-01T00-00-00-99999999', 'coordinator'), { recursive: true })
    await mkdir(join(parent, `2026-01-01T00-00-00-${process.ppid}`))
    await mkdir(join(parent, 'kept by hand'))
    const folder = await freshDemoFolder(parent, new Date('2026-01-02T03:04:05.678Z'), 4242_4242)
    expect(folder).toBe(join(parent, '2026-01-02T03-04-05-42424242'))
    expect((await readdir(parent)).sort()).toEqual(
      ['.gitignore', `2026-01-01T00-00-00-${process.ppid}`, '2026-01-02T03-04-05-42424242', 'kept by hand'].sort(),
    )
  })
})

describe('portOrAny', () => {
  it('leaves the choice to who listens when the wanted one is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const taken = address !== null && typeof address === 'object' ? address.port : 0
    expect(await portOrAny(taken, '127.0.0.1')).toBe(0)
    await new Promise((resolve) => server.close(resolve))
    expect(await portOrAny(taken, '127.0.0.1')).toBe(taken)
    expect(await portOrAny(0, '127.0.0.1')).toBe(0)
  })
})

describe('recipes', () => {
  it.each(demoModels)('%s is a run that the protocol and the zoo take', (model) => {
    const config = runConfigSchema.parse(demoRunConfig(model, 4, 20, 1))
    expect(config.selection).toMatchObject({ fraction: 1, minimum: 4 })
    expect(modelSpecification(config.model).task).toBe('classification')
  })

  it('chooses the CNN only where every institution has native TensorFlow', () => {
    expect(defaultModel(['native', 'native'])).toBe('cnn')
    expect(defaultModel(['native', 'wasm'])).toBe('lenet')
  })
})

describe('the split', () => {
  const options = { parts: 4, alpha: 0.5, seed: 1 }

  it('deals all 60,000 images, unevenly, and each part loads what the table says', async () => {
    const counts = await mnistClassCounts(options)
    expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(60_000)
    const sizes = counts.map((perClass) => perClass.reduce((sum, count) => sum + count, 0))
    expect(Math.max(...sizes)).toBeGreaterThan(Math.min(...sizes) * 1.2)
    const part = await loadMnistPart(2, options)
    expect(part.count).toBe(sizes[1])
    const found = Array.from({ length: 10 }, (_, digit) => part.labels.filter((label) => label === digit).length)
    expect(found).toEqual(counts[1])
    const lines = splitTable(['a', 'b', 'c', 'd'], counts)
    expect(lines).toHaveLength(6)
    expect(lines[3]?.trim().split(/\s+/)).toEqual(['b', ...found.map(String), String(part.count)])
  })

  it('is the same for the same seed and another for another', async () => {
    expect(await mnistClassCounts(options)).toEqual(await mnistClassCounts(options))
    expect(await mnistClassCounts({ ...options, seed: 2 })).not.toEqual(await mnistClassCounts(options))
  })
})
