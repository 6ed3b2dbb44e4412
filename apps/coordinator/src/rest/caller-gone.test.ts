import { connect } from 'node:net'
import { type Readable, Writable } from 'node:stream'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { answerErrors } from './error-answers.ts'

it('does not call a request broken whose caller went away in the middle of it', async () => {
  let log = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk)
      done()
    },
  })
  const app = fastify({ logger: { level: 'debug', stream: sink } })
  answerErrors(app)
  // As uploads are read: Fastify's own parsers answer 400 by themselves.
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body))
  app.post('/', async ({ body }) => {
    for await (const _ of body as Readable) caller.destroy()
    return {}
  })
  app.post('/broken', () => {
    throw Object.assign(new Error('the store hung up'), { code: 'ECONNRESET' })
  })
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const caller = connect(Number(url.port), url.hostname)
  caller.write('POST / HTTP/1.1\r\nhost: here\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\n{"a":')
  await expect.poll(() => log).toContain('a caller went away')
  expect(log).not.toContain('a request broke')
  // The same code from within is still a fault.
  expect((await app.inject({ method: 'POST', url: '/broken' })).statusCode).toBe(500)
  expect(log).toContain('a request broke')
  await app.close()
})
