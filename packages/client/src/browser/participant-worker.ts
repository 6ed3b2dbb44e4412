import type { ClientEvent } from '../client-event.ts'
import { coordinatorAddress } from '../http/address.ts'
import { indexedDbIdentityStore } from '../identity/indexed-db-identity-store.browser.ts'
import { joinFederation } from '../join-federation.ts'
import type { Participation } from '../participation.ts'
import { holdAlone } from './only-tab.ts'
import { type Ask, type Asks, eventToSaying, type Saying, toPlain } from './worker-messages.ts'

/**
 * The whole participant runs here: connection, timers, training, identity. A hidden tab throttles its page, not its workers, and the
 * page stays free for its person. The first message brings the port on which the page asks.
 */
addEventListener('message', ({ ports: [port] }) => {
  if (port !== undefined) serve(port)
})

function serve(port: MessagePort): void {
  const closed = new AbortController()
  let participation: Participation | null = null
  let leaving: Promise<void> | null = null
  const say = (saying: Saying, transfer: Transferable[] = []) => port.postMessage(saying, transfer)

  port.onmessage = ({ data: ask }: MessageEvent<Ask>) => {
    perform(ask).then(
      (value) => say({ type: 'answer', id: ask.id, value }, value instanceof Uint8Array ? [value.buffer] : []),
      (error: unknown) => say({ type: 'refusal', id: ask.id, error: toPlain(error) }),
    )
  }

  async function perform(ask: Ask): Promise<unknown> {
    switch (ask.name) {
      case 'join':
        return join(ask.ask)
      case 'leave':
        leaving = joined().leave(ask.ask)
        return leaving
      case 'close':
        closed.abort(new DOMException('the participation was closed', 'AbortError'))
        return participation?.close()
      case 'model':
        return joined().model(ask.ask)
      case 'score':
        return joined().score(ask.ask.config, ask.ask.sha256)
    }
  }

  function joined(): Participation {
    if (participation === null) throw new Error('nothing was joined yet')
    return participation
  }

  async function join({ options, wasm, webgpu, data }: Asks['join']['ask']): Promise<Asks['join']['answer']> {
    const { chooseWebGpu, tensorMemory, useWasmFiles } = await import('@tributary/models')
    useWasmFiles(wasm)
    // Before the invite is spent: what the session takes is what is selected now.
    const webgpuRefusal = webgpu ? await chooseWebGpu() : null
    const identity = indexedDbIdentityStore()
    const { href } = coordinatorAddress(options.url)
    const name = options.name ?? (await identity.find(href))[0]?.name
    const letGo = name === undefined ? () => undefined : await holdAlone(href, name, closed.signal)
    const onEvent = (event: ClientEvent) => {
      say(eventToSaying(event))
      if (event.type === 'uploaded' || event.type === 'trainingFailed') say({ type: 'memory', memory: tensorMemory() })
    }
    try {
      participation = await joinFederation({ ...options, data, identity, onEvent, signal: closed.signal })
    } catch (error) {
      letGo()
      throw error
    }
    participation.done.then(
      async () => {
        // The page ends this worker then: the identity must be gone before.
        await leaving?.catch(() => undefined)
        say({ type: 'ended', error: null })
      },
      (error: unknown) => say({ type: 'ended', error: toPlain(error) }),
    )
    participation.done.catch(() => undefined).finally(letGo)
    return { participant: participation.participant, backend: participation.backend, webgpuRefusal }
  }
}
