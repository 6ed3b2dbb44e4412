import { describe, expect, it } from 'vitest'
import { choiceOf } from './files.ts'
import { takePixels } from './images.ts'

const placed = (...paths: string[]) => paths.map((path) => ({ path, file: new File([], path.split('/').at(-1) ?? '') }))
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path)

describe('choiceOf', () => {
  it('knows a table, with its schema beside', () => {
    expect(choiceOf(placed('a/rows.csv', 'a/schema.json'))).toMatchObject({
      kind: 'table',
      csv: { path: 'a/rows.csv' },
      schemaFile: { path: 'a/schema.json' },
    })
    expect(choiceOf(placed('rows.CSV.gz', 'leaf.png'))).toMatchObject({ kind: 'table', schemaFile: null })
  })

  it('knows IDX pairs', () => {
    expect(choiceOf(placed('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'))).toMatchObject({ kind: 'idx' })
    expect(choiceOf(placed('images.idx', 'labels.idx', 'notes.txt'))).toMatchObject({ kind: 'idx' })
  })

  it('takes folders for classes, in one order whatever order the files come in', () => {
    const choice = choiceOf(placed('leaves/oak/2.png', 'leaves/elm/1.JPG', 'leaves/.DS_Store', 'leaves/oak/1.jpeg'))
    if (choice.kind !== 'images') throw new Error(choice.kind)
    expect(choice.classes).toEqual(['elm', 'oak'])
    expect(paths(choice.images)).toEqual(['leaves/elm/1.JPG', 'leaves/oak/1.jpeg', 'leaves/oak/2.png'])
  })

  it.each([
    ['empty', []],
    ['empty', ['.hidden.csv']],
    ['several-tables', ['a.csv', 'b.csv']],
    ['no-folders', ['1.png', 'oak/2.png']],
    ['no-kind', ['notes.txt', 'images.idx']],
  ])('says %s of %j', (reason, names) => {
    expect(choiceOf(placed(...names))).toEqual({ kind: 'unknown', reason })
  })
})

it('takes luma or three channels from RGBA', () => {
  const rgba = Uint8ClampedArray.of(255, 0, 0, 255, 10, 20, 30, 9)
  const values = Float32Array.from({ length: 256 }, (_, value) => value)
  const grey = new Float32Array(2)
  takePixels(rgba, 1, values, grey)
  expect([...grey]).toEqual([76, 18])
  const colour = new Float32Array(6)
  takePixels(rgba, 3, values, colour)
  expect([...colour]).toEqual([255, 0, 0, 10, 20, 30])
})
