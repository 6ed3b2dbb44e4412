import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from './harness/small-federation.ts'

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))

it('one round of the 2NN, as scripts run the demo', async () => {
  const folder = await temporaryFolder()
  const args = ['demo', '--model', '2nn', '--rounds', '1', '--exit', '--json', '--port', '0']
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder.path,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  expect(await new Promise((resolve) => child.once('close', resolve)), stderr).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ mode: 'demo', model: '2nn', rounds: 1, participants: 4 })
  // 199,210 parameters (McMahan et al. 2017, section 3) of 4 bytes from each of four institutions, and little beside them.
  expect(result.bytesUp).toBeGreaterThan(4 * 199_210 * 4)
  expect(result.bytesUp).toBeLessThan(1.01 * 4 * 199_210 * 4)
  // After one round 0.94 was measured; 0.1 is chance.
  expect(result.accuracy).toBeGreaterThan(0.88)
  expect(stderr).toContain('2nn, 1 round with 4 institutions: accuracy')
  await folder.remove()
})
