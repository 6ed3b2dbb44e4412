import { TributaryError } from '@tributary/protocol'
import { type ControlAnswer, type ControlCall, type ControlRequest, controlCalls } from './control-calls.ts'
import { readControlFile } from './control-file.ts'

/**
 * Asks the process that holds the folder, for as long as it takes.
 * @returns null when no process holds it
 * @throws TributaryError what the process throws
 */
export async function askHolder<Call extends ControlCall>(
  folder: string,
  call: Call,
  request: ControlRequest<Call>,
  signal: AbortSignal,
): Promise<ControlAnswer<Call> | null> {
  const control = await readControlFile(folder)
  if (control === null) return null
  const { path, answer } = controlCalls[call]
  let response: Response
  try {
    response = await fetch(control.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    // A process that was killed leaves its file.
    if (isRefused(error)) return null
    throw new TributaryError('unreachable', { url: control.url, reason: (error as Error).message }, { cause: error })
  }
  const body: unknown = await response.json()
  if (!response.ok) throw TributaryError.fromBody(body)
  return answer.parse(body) as ControlAnswer<Call>
}

const isRefused = (error: unknown): boolean => ((error as { cause?: { code?: unknown } }).cause?.code ?? null) === 'ECONNREFUSED'
