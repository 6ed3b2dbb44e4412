import type { PlotContent } from './line-plot.ts'

/** What is drawn but for the values: equal texts, equal looks. */
export const lookOf = ({ series, bands }: Pick<PlotContent, 'series' | 'bands'>): string =>
  JSON.stringify([series.map(({ values: _, ...look }) => look), bands])
