import { expect, it } from 'vitest'
import { entriesOf } from './line-legend.tsx'
import type { PlotSeries } from './line-plot.ts'

const line = (label: string, colour: string, more: Partial<PlotSeries> = {}): PlotSeries => ({
  label,
  colour,
  values: [],
  width: 1,
  ...more,
})
const words = (...arguments_: Parameters<typeof entriesOf>) =>
  entriesOf(...arguments_).map(({ labels, isArea }) => `${isArea ? 'area' : 'line'}: ${labels.join(' ')}`)

it('names each look once: an area from low to high, and lines that look the same together', () => {
  const series = [
    line('run', '--phase-1', { width: 3 }),
    line('p90', '--phase-5'),
    line('p10', '--phase-5'),
    line('one', '--phase-5'),
    line('other', '--phase-5'),
    line('dashed', '--phase-5', { dash: [4, 4] }),
  ]
  expect(words({ series, bands: [{ upper: 1, lower: 2, colour: '--phase-5' }] })).toEqual([
    'line: run',
    'area: p10 p90',
    'line: one other',
    'line: dashed',
  ])
  expect(words({ series: series.slice(0, 1), bands: [] })).toEqual(['line: run'])
})
