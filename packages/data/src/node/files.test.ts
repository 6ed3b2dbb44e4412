import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { TributaryError } from '@tributary/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { describeDataset } from '../description.ts'
import { diabetes, iris } from '../fixtures/fixtures.node.ts'
import { loadIdxPair, readIdxFile } from './idx-files.ts'
import { loadTable, readCsvFile } from './table-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-data-'))
afterAll(() => rm(folder, { recursive: true }))
async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function refusal(reading: Promise<unknown>): Promise<TributaryError> {
  const error = await reading.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof TributaryError)) throw new Error(`expected a refusal, got ${error}`)
  return error
}

describe('loadTable', () => {
  it('reads iris: 50 flowers of each species', async () => {
    const { dataset, classNames } = await loadTable(iris.path, iris.schema)
    expect(describeDataset(dataset)).toMatchObject({ count: 150, featureShape: [4], classes: 3, rowsPerClass: [50, 50, 50] })
    expect([...dataset.features.subarray(0, 4)]).toEqual([5.1, 3.5, 1.4, 0.2].map(Math.fround))
    expect(classNames).toEqual(['setosa', 'versicolor', 'virginica'])
  })

  it('reads diabetes: the mean target of Efron et al.', async () => {
    const { dataset, columns } = await loadTable(diabetes.path, diabetes.schema)
    expect(columns).toEqual(['age', 'sex=1', 'sex=2', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'])
    const { target } = describeDataset(dataset)
    expect(target).toMatchObject({ minimum: 25, maximum: 346 })
    expect(target?.mean).toBeCloseTo(152.13348416, 8)
    expect(target?.std).toBeCloseTo(77.00574586945, 8)
  })

  it('reads the same from .csv.gz, .jsonl and .jsonl.gz', async () => {
    const truth = await loadTable(iris.path, iris.schema)
    const text = await readFile(iris.path, 'utf8')
    const [header = '', ...lines] = text.trimEnd().split('\n')
    const jsonl = lines
      .map((line) => line.split(','))
      .map((cells) => Object.fromEntries(header.split(',').map((name, i) => [name, i < 4 ? Number(cells[i]) : cells[i]])))
      .map((row) => JSON.stringify(row))
      .join('\n')
    const files = [
      await file('iris.csv.gz', gzipSync(text)),
      await file('iris.jsonl', jsonl),
      await file('iris.JSONL.GZ', gzipSync(jsonl)),
    ]
    for (const path of files) expect(await loadTable(path, iris.schema)).toEqual(truth)
  })

  it('reads a file of several pieces with a letter over their border', async () => {
    const ids = Array.from({ length: 40_000 }, (_, i) => `${'é'.repeat(5)}${i}`)
    const path = await file('long.csv', `x,id\n${ids.map((id, i) => `${i},${id}`).join('\n')}`)
    const table = await readCsvFile(path, {
      task: 'regression',
      features: [{ name: 'x', type: 'number' }],
      label: null,
      id: 'id',
    })
    expect(table.ids).toEqual(ids)
    expect(table.dataset.features).toEqual(Float32Array.from(ids.keys()))
  })

  it('names the file, row and column of a bad cell', async () => {
    const path = await file('bad.csv', (await readFile(iris.path, 'utf8')).replace('4.9,3.0', '4.9,three'))
    const error = await refusal(loadTable(path, iris.schema))
    expect(error.message).toContain(`${path}, row 3, column sepal_width: found "three", expected a number`)
  })

  it('says why a file cannot be read', async () => {
    const zipped = gzipSync(await readFile(iris.path))
    const damaged = Uint8Array.from(zipped)
    damaged.fill(0, 20, 60)
    const cases: [string, RegExp][] = [
      [join(folder, 'none.csv'), /there is no such file/],
      [join(iris.path, 'below.csv'), /there is no such file/],
      [await file('table.xlsx', ''), /its name ends in none of/],
      [await file('latin1.csv', Uint8Array.of(0x61, 0xe9, 0x0a)), /it is not UTF-8 text/],
      [await file('utf16.csv', Buffer.from('\uFEFFa,b\n', 'utf16le')), /it is not UTF-8 text/],
      [await file('cut.csv', Uint8Array.of(0x61, 0xc3)), /it is not UTF-8 text/],
      [await file('short.csv.gz', zipped.subarray(0, zipped.length - 20)), /its gzip data end too early/],
      [await file('damaged.csv.gz', damaged), /its gzip data are damaged/],
    ]
    for (const [path, reason] of cases) {
      const error = await refusal(loadTable(path, iris.schema))
      expect(error.code).toBe('data_unreadable')
      expect(error.message).toMatch(reason)
      expect(error.message).toContain(path)
    }
    expect((await refusal(readCsvFile(folder, iris.schema))).message).toMatch(/it is a folder/)
  })

  it('has the fixtures that their README describes', async () => {
    const readme = await readFile(new URL('../fixtures/README.md', import.meta.url), 'utf8')
    for (const { path } of [iris, diabetes]) {
      expect(readme).toContain(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      )
    }
  })
})

describe('loadIdxPair', () => {
  // Three images of 1 x 2.
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102, 153, 204)
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1)
  const half = { mean: 0.5, std: 0.5 }

  it('scales, normalises and shapes, from plain files and gzip', async () => {
    const plain = await loadIdxPair(await file('i.idx', images), await file('l.idx', labels), half)
    expect(plain).toMatchObject({ featureShape: [1, 2, 1], labels: Float32Array.of(2, 0, 1), count: 3, classes: 3 })
    expect([...plain.features]).toEqual([-1, 1, -0.6, -0.2, 0.2, 0.6].map((value) => expect.closeTo(value, 6)))
    const zipped: [string, string] = [await file('i.gz', gzipSync(images)), await file('l.gz', gzipSync(labels))]
    expect(await loadIdxPair(...zipped, half)).toEqual(plain)
    const some = await loadIdxPair(...zipped, { ...half, classes: 10, rows: [2, 0] })
    expect(some).toMatchObject({ labels: Float32Array.of(1, 2), count: 2, classes: 10 })
    expect([...some.features]).toEqual([0.2, 0.6, -1, 1].map((value) => expect.closeTo(value, 6)))
  })

  it('takes images with colours', async () => {
    const colours = Uint8Array.of(0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3)
    const one = await file('one.idx', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0))
    expect((await loadIdxPair(await file('rgb.idx', colours), one, half)).featureShape).toEqual([1, 1, 3])
  })

  it('refuses files that do not fit', async () => {
    const [i, l] = [await file('images', images), await file('labels', labels)]
    const one = await file('one', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0))
    const [cut, nothing] = [await file('cut', images.subarray(0, 20)), await file('nothing', '')]
    const cutGzip = await file('cut.gz', gzipSync(labels).subarray(0, 20))
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => loadIdxPair(i, one, half), /it holds 3 images, but .* holds 1 labels/],
      [() => loadIdxPair(l, l, half), /expected images of bytes, found uint8 of shape \[3\]/],
      [() => loadIdxPair(i, i, half), /expected a list of bytes, found shape \[3, 1, 2\]/],
      [() => loadIdxPair(i, l, { ...half, classes: 2 }), /row 0 has the label 2, expected 0 to 1/],
      [() => loadIdxPair(cut, l, half), /says 22 bytes in all, found 20/],
      [() => loadIdxPair(nothing, l, half), /does not start as an IDX file/],
      [() => readIdxFile(join(folder, 'none.idx')), /there is no such file/],
      [() => readIdxFile(cutGzip), /its gzip data end too early/],
    ]
    for (const [reading, reason] of cases) {
      const error = await refusal(reading())
      expect(error.code).toBe('data_unreadable')
      expect(error.message).toMatch(reason)
    }
  })
})
