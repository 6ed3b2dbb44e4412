import { benchAggregation } from './aggregation.ts'
import { benchPsi } from './psi.ts'
import { benchRoundOverhead } from './round-overhead.ts'
import { benchSlr, benchSlrGrowth } from './slr.ts'

const benches: Record<string, () => Promise<Record<string, unknown>>> = {
  aggregation: () => benchAggregation(),
  'round-overhead': () => benchRoundOverhead({ clients: 10, selected: 10, rounds: 30 }),
  'many-clients': () => benchRoundOverhead({ clients: 200, selected: 50, rounds: 5 }),
  psi: benchPsi,
  slr: benchSlr,
  'slr-growth': benchSlrGrowth,
}

const [name] = process.argv.slice(2)
const chosen = name === undefined || name === '--help' ? undefined : benches[name]
if (chosen === undefined) {
  console.log(
    `usage: npm run bench -- NAME\n\nBenchmarks: ${Object.keys(benches).join(', ')}\n\nExample:\n  npm run bench -- aggregation`,
  )
  process.exit(name === '--help' || name === undefined ? 0 : 2)
}
const figures = await chosen()
console.table(
  Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]),
  ),
)
process.exit(0)
