import { afterAll, expect, it } from 'vitest'
import { CommandLine } from './harness/command-line.ts'

const commands = await CommandLine.open()
afterAll(() => commands.close())

it('one round of the 2NN, as scripts run the demo', async () => {
  const args = ['demo', '--model', '2nn', '--rounds', '1', '--exit', '--port', '0']
  const { code, value: result, stderr } = await commands.tributary(args)
  expect(code, stderr).toBe(0)
  expect(result).toMatchObject({ mode: 'demo', model: '2nn', rounds: 1, participants: 4 })
  // 199,210 parameters (McMahan et al. 2017, section 3) of 4 bytes from each of four institutions, and little beside them.
  expect(result.bytesUp).toBeGreaterThan(4 * 199_210 * 4)
  expect(result.bytesUp).toBeLessThan(1.01 * 4 * 199_210 * 4)
  // After one round 0.94 was measured; 0.1 is chance.
  expect(result.accuracy).toBeGreaterThan(0.88)
  expect(stderr).toContain('2nn, 1 round with 4 institutions: accuracy')
})
