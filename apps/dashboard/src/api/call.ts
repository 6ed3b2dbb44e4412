import { type ErrorBody, type Language, TributaryError } from '@tributary/protocol'
import type { z } from 'zod'
import { type Credential, headersOf } from '../session/credential.ts'

export interface Caller {
  readonly credential: Credential | null
  readonly language: Language
  readonly fetch: typeof globalThis.fetch
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly json?: unknown
  readonly signal?: AbortSignal | undefined
  /** Until the answer is here as a whole. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000
/** A model may be large and its line slow. */
const FILE_TIMEOUT_MS = 3_600_000

/**
 * One call of the coordinator's HTTP interface; the answer is checked by its schema.
 * @throws TributaryError: the coordinator's own code, `unreachable` without an answer, `unexpected` for one that does not fit;
 * the signal's reason
 */
export async function call<T>(caller: Caller, schema: z.ZodType<T>, request: Call): Promise<T> {
  const body = await callForJson(caller, request)
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const reason = `the answer to ${request.path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'invalid'}`
  throw new TributaryError('unexpected', { reason })
}

/** As `call`, for answers without a body that matters. */
export async function callForJson(caller: Caller, request: Call): Promise<unknown> {
  return send(caller, request, async (response) => readJson(await response.text()))
}

/** As `call`, for an answer that is a file. */
export async function callForFile(caller: Caller, request: Call): Promise<Blob> {
  return send(caller, { timeoutMs: FILE_TIMEOUT_MS, ...request }, (response) => response.blob())
}

function refused({ credential }: Caller, status: number, body: unknown): TributaryError {
  const error = refusal(status, body)
  if (credential !== null && ENDED.has(error.code)) dispatchEvent(new Event(SIGNED_OUT))
  return error
}

/** Told to the window when what this page is signed in with is not taken any more. */
export const SIGNED_OUT = 'signedout'
const ENDED = new Set(['unauthenticated', 'session_expired', 'token_expired', 'account_disabled', 'participant_left'])

/** @param read takes the body, which may break off as well as the request */
async function send<T>(caller: Caller, request: Call, read: (response: Response) => Promise<T>): Promise<T> {
  const { credential, language, fetch } = caller
  const { method = 'GET', path, query = {}, json, signal, timeoutMs = TIMEOUT_MS } = request
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const url = search.size === 0 ? path : `${path}?${search}`
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: {
        'accept-language': language,
        ...headersOf(credential, method),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    if (response.ok) return await read(response)
    throw refused(caller, response.status, readJson(await response.text()))
  } catch (error) {
    if (error instanceof TributaryError) throw error
    signal?.throwIfAborted()
    throw new TributaryError('unreachable', { url: path, reason: (error as Error).message }, { cause: error })
  }
}

function readJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** An answer that is no error of the protocol comes from what stands between: a proxy, or a restart. */
const refusal = (status: number, body: unknown): TributaryError =>
  isErrorBody(body) ? TributaryError.fromBody(body) : new TributaryError('unreachable', { url: '/', reason: `HTTP ${status}` })

const isErrorBody = (body: unknown): body is ErrorBody => typeof body === 'object' && body !== null && 'code' in body
