import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** Opens and ends pools, four abreast, at moments spread over the time in which a thread loads. */
const program = `
  const { createUpdateValidator } = await import(${JSON.stringify(new URL('./validator.ts', import.meta.url).href)})
  const { createAggregator } = await import(${JSON.stringify(new URL('../aggregation/aggregator.ts', import.meta.url).href)})
  await Promise.all([createUpdateValidator, createUpdateValidator, createUpdateValidator, createAggregator].map(async (open, lane) => {
    for (let n = 0; n < 24; n += 1) {
      const pool = open()
      await new Promise((resolve) => setTimeout(resolve, 30 + ((n * 4 + lane) * 37) % 480))
      await pool.close()
    }
  }))
  console.log('all ended')
`

it('threads that are ended while they load do not take the process with them', { timeout: 120_000 }, () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  expect(said).toContain('all ended')
})
