import { TributaryError } from '@tributary/protocol'
import type { z } from 'zod'
import { watchdog } from '../timing/watchdog.ts'
import { connectionError, exchange, type HttpCall, type HttpPeer, unreachable } from './exchange.ts'
import { refusal } from './refusal.ts'

export const CALL_TIMEOUT_MS = 30_000

/** A call without a signal is never aborted. */
const never = new AbortController().signal

export interface JsonCall extends Omit<HttpCall, 'body' | 'headers' | 'signal'> {
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
}

/**
 * A call with small bodies; its answer is read whole, within CALL_TIMEOUT_MS.
 * @throws TributaryError `unreachable`, `unexpected`, or the coordinator's own code; the signal's reason
 */
async function callForText(peer: HttpPeer, { json, signal = never, ...call }: JsonCall): Promise<string> {
  const dog = watchdog(CALL_TIMEOUT_MS, signal, () => unreachable(peer.address, `no answer in ${CALL_TIMEOUT_MS / 1000} s`))
  const content = json === undefined ? {} : { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }
  try {
    const response = await exchange(peer, { ...call, ...content, signal: dog.signal })
    if (!response.ok) throw refusal(response, await response.text())
    return await response.text()
  } catch (error) {
    throw connectionError(peer, error, dog.signal)
  } finally {
    dog.stop()
  }
}

/** As callForText, with the answer checked by its schema. */
export async function callForJson<T>(peer: HttpPeer, schema: z.ZodType<T>, call: JsonCall): Promise<T> {
  return parseJson(schema, await callForText(peer, call), `${call.method} ${call.path}`)
}

/** @throws TributaryError `unexpected` */
export function parseJson<T>(schema: z.ZodType<T>, text: string, what: string): T {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new TributaryError('unexpected', { reason: `the answer to ${what} is not JSON` })
  }
  return parseMessage(schema, body, what)
}

/** @throws TributaryError `unexpected` */
export function parseMessage<T>(schema: z.ZodType<T>, message: unknown, what: string): T {
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = issue === undefined || issue.path.length === 0 ? what : `${what}, ${issue.path.join('.')}`
  throw new TributaryError('unexpected', { reason: `${place}: ${issue?.message ?? 'invalid'}` })
}
