import type { Run } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { readRunsQuery, shownRuns } from './runs-query.ts'

const run = (id: string, change: Record<string, unknown> = {}): Run =>
  ({
    id,
    name: id,
    phase: 'completed',
    federation: 'fed_1',
    metrics: {},
    config: { model: { name: 'lenet' } },
    createdBy: 'admin',
    createdAt: `2026-01-0${id.length}T00:00:00.000Z`,
    startedAt: null,
    endedAt: null,
    ...change,
  }) as unknown as Run

it('reads what the address asks for and leaves out what does not parse', () => {
  expect(readRunsQuery(new URLSearchParams('phase=nonsense&sort=upwards&selected=a,,b'))).toEqual({
    q: '',
    phase: null,
    federation: null,
    sort: 'newest',
    selected: ['a', 'b'],
  })
})

it('filters by words, state and federation, and keeps one order for equals', () => {
  const runs = [run('a'), run('bb', { phase: 'failed' }), run('ccc', { federation: 'fed_2', metrics: { accuracy: 0.9 } })]
  const shown = (query: string) => shownRuns(runs, readRunsQuery(new URLSearchParams(query))).map(({ id }) => id)
  expect(shown('')).toEqual(['ccc', 'bb', 'a'])
  expect(shown('phase=failed')).toEqual(['bb'])
  expect(shown('federation=fed_2')).toEqual(['ccc'])
  expect(shown('q=LENET+a')).toEqual(['ccc', 'bb', 'a'])
  expect(shown('q=bb')).toEqual(['bb'])
  expect(shown('sort=accuracy')).toEqual(['ccc', 'a', 'bb'])
})
