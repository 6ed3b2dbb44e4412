import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EVENT_TYPES, probeCells } from './testing/cells.ts'
import type { Command } from './testing/commands.ts'
import { ARROWS, invariants } from './testing/invariants.ts'

const page = readFileSync(new URL('../../../../docs/round-machine.md', import.meta.url), 'utf8')
const here = new URL('./', import.meta.url)
const tests = readdirSync(here)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => [name, readFileSync(new URL(name, here), 'utf8')] as const)

const connect = (...names: string[]): Command[] => names.map((who) => ({ do: 'connect', who }))
const upload = (...names: string[]): Command[] => names.map((who) => ({ do: 'upload', who, variant: 0 }))
const step = (...steps: ('start' | 'pause' | 'resume' | 'cancel' | 'proceed')[]): Command[] => steps.map((name) => ({ do: name }))

/** Stories that reach every phase, with late timers and people missing. */
const stories: { minimum: number; rounds: number; commands: Command[] }[] = [
  {
    minimum: 2,
    rounds: 2,
    commands: [...connect('a', 'b'), ...step('start'), ...upload('a', 'b'), ...step('proceed', 'proceed')],
  },
  {
    minimum: 1,
    rounds: 1,
    commands: [
      ...connect('a', 'b'),
      ...step('start'),
      ...upload('a'),
      { do: 'exclude', who: 'c' },
      ...upload('b'),
      ...step('proceed', 'proceed'),
    ],
  },
  {
    minimum: 2,
    rounds: 2,
    commands: [...connect('a'), ...step('start'), { do: 'sleep', seconds: 200 }, { do: 'connect', who: 'b' }],
  },
  {
    minimum: 2,
    rounds: 2,
    commands: [...step('start'), ...connect('a'), { do: 'sleep', seconds: 10 }, ...connect('b'), { do: 'sleep', seconds: 200 }],
  },
  { minimum: 1, rounds: 2, commands: [...connect('a', 'b'), ...step('start'), ...upload('a'), { do: 'sleep', seconds: 200 }] },
  {
    minimum: 2,
    rounds: 2,
    commands: [
      ...connect('a', 'b'),
      ...step('start'),
      { do: 'fail', who: 'a' },
      { do: 'leave', who: 'b' },
      { do: 'sleep', seconds: 200 },
    ],
  },
  {
    minimum: 2,
    rounds: 2,
    commands: [
      ...connect('a', 'b', 'c'),
      ...step('start'),
      ...upload('a', 'b'),
      { do: 'sleep', seconds: 60 },
      ...step('pause', 'proceed'),
    ],
  },
  {
    minimum: 2,
    rounds: 2,
    commands: [
      ...connect('a', 'b'),
      ...step('start', 'pause'),
      ...upload('a', 'b'),
      ...step('proceed', 'pause', 'proceed', 'resume'),
    ],
  },
  {
    minimum: 2,
    rounds: 2,
    commands: [
      ...connect('a', 'b', 'c'),
      ...step('start'),
      ...upload('a', 'b', 'c'),
      ...step('proceed', 'proceed'),
      { do: 'disconnect', who: 'b' },
      { do: 'disconnect', who: 'c' },
      ...upload('a', 'b', 'c'),
    ],
  },
  {
    minimum: 1,
    rounds: 3,
    commands: [
      ...connect('a', 'b'),
      ...step('start', 'pause'),
      ...upload('a', 'b'),
      { do: 'disconnect', who: 'a' },
      { do: 'disconnect', who: 'b' },
      ...step('proceed', 'proceed', 'resume', 'cancel'),
    ],
  },
  {
    minimum: 1,
    rounds: 3,
    commands: [
      ...connect('a', 'b'),
      ...step('start'),
      ...upload('a', 'b'),
      { do: 'disconnect', who: 'a' },
      { do: 'disconnect', who: 'b' },
      ...step('proceed', 'proceed', 'cancel'),
    ],
  },
  { minimum: 1, rounds: 3, commands: [...connect('a'), ...step('start', 'cancel')] },
  { minimum: 2, rounds: 3, commands: [...connect('a', 'b'), ...step('start'), ...upload('a'), { do: 'wait', seconds: 100 }] },
  {
    minimum: 2,
    rounds: 3,
    commands: [...connect('a', 'b', 'c'), ...step('start'), ...upload('a'), { do: 'sleep', seconds: 60 }],
  },
]
const offsets = [-1, 0, 1] as const
const single: Command[] = [
  ...step('start', 'pause', 'resume', 'cancel'),
  { do: 'tick' },
  { do: 'extend', seconds: 5 },
  ...['a', 'b', 'd'].flatMap((who): Command[] => [
    { do: 'connect', who },
    { do: 'leave', who },
    { do: 'exclude', who },
    ...offsets.flatMap((round): Command[] => [
      { do: 'upload', who, variant: 0, round },
      { do: 'upload', who, variant: 1, round },
      { do: 'download', who, round },
      { do: 'reject', who, round },
      { do: 'fail', who, round },
    ]),
  ]),
  ...offsets.flatMap((round): Command[] => [
    { do: 'aggregated', round },
    { do: 'aggregationFailed', round },
    { do: 'evaluated', round },
    { do: 'evaluationFailed', round },
  ]),
]

const excludedSends: Command[] = [
  { do: 'exclude', who: 'd' },
  { do: 'upload', who: 'd', variant: 0 },
]
const menu = [...single.map((command) => [command]), excludedSends]

/** Rows of the first Markdown table after a heading. */
function tableUnder(heading: string): string[][] {
  const rows: string[][] = []
  for (const line of page.slice(page.indexOf(`## ${heading}`)).split('\n')) {
    if (line.startsWith('|'))
      rows.push(
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    else if (rows.length > 0) break
  }
  return [rows[0] ?? [], ...rows.slice(2)]
}

const plain = (text: string): string => text.replaceAll('`', '')

describe('docs/round-machine.md', () => {
  it('says of each cell of the table what the machine does', () => {
    const phases = Object.keys(ARROWS)
    const cells = probeCells(stories, menu)
    const observed = EVENT_TYPES.map((event) => [
      event,
      ...phases.map((phase) => [...(cells.get(phase as keyof typeof ARROWS)?.get(event) ?? ['never probed'])].sort().join(', ')),
    ])
    const [head, ...rows] = tableUnder('Phases and events')
    expect(head?.map(plain)).toEqual(['event', ...phases])
    expect(rows.map((row) => row.map((cell, i) => (i === 0 ? plain(cell) : plain(cell).split(', ').sort().join(', '))))).toEqual(
      observed,
    )
  })

  it('has the arrows that the invariants allow', () => {
    const [, ...rows] = tableUnder('Arrows')
    expect(
      Object.fromEntries(
        rows.map(([from, to]) => [plain(from ?? ''), plain(to ?? '') === '—' ? [] : plain(to ?? '').split(', ')]),
      ),
    ).toEqual(ARROWS)
  })

  it('has the invariants word by word, and no other', () => {
    const [, ...rows] = tableUnder('Invariants')
    expect(Object.fromEntries(rows.map(([id, text]) => [id, text]))).toEqual(invariants)
  })

  it('names for each invariant the broken machine that must be caught by it, for each rule its test, all of which exist', () => {
    const named = [...tableUnder('Invariants').slice(1), ...tableUnder('Rules').slice(1)].map((row) => row.at(-1) ?? '')
    expect(named.length).toBeGreaterThan(30)
    const sources = [...tests.map(([, source]) => source), readFileSync(new URL('testing/broken-machines.ts', here), 'utf8')]
    for (const title of named.flatMap((cell) => cell.split('; ')))
      expect(
        sources.some((source) => source.includes(`'${title}'`)),
        title,
      ).toBe(true)
  })

  it('names every test of the stories in some rule', () => {
    const cited = new Set(tableUnder('Rules').flatMap((row) => (row.at(-1) ?? '').split('; ')))
    const titles = tests
      .filter(([name]) => name.startsWith('stories-') && name !== 'stories-disturbed.test.ts')
      .flatMap(([, source]) => [...source.matchAll(/\bit\('([^']+)'/g)].map(([, title]) => title as string))
    expect(titles.length).toBeGreaterThan(50)
    expect(titles.filter((title) => !cited.has(title))).toEqual([])
  })
})
