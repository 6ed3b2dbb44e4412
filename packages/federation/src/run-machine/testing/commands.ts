import { TributaryError } from '@tributary/protocol'
import { brokenAggregation, brokenEvaluation } from '../results.ts'
import { member, modelAfter, updateOf } from './cast.ts'
import type { World } from './world.ts'

/** Which round a message names, relative to the run's own: 0 is right, the others are late or early. */
export type RoundOffset = -1 | 0 | 1

/** Something that happens to a run, in words that make sense in any state: so traces can be shrunk, swapped and cut. */
export type Command =
  | { readonly do: 'connect' | 'disconnect' | 'leave' | 'exclude'; readonly who: string }
  | { readonly do: 'wait' | 'sleep' | 'extend'; readonly seconds: number }
  | { readonly do: 'tick' | 'start' | 'pause' | 'resume' | 'cancel' | 'restart' | 'proceed' }
  | { readonly do: 'upload'; readonly who: string; readonly variant: number; readonly round?: RoundOffset }
  | { readonly do: 'download' | 'reject' | 'fail'; readonly who: string; readonly round?: RoundOffset }
  | { readonly do: 'aggregated' | 'aggregationFailed' | 'evaluated' | 'evaluationFailed'; readonly round?: RoundOffset }

const person = { by: 'the test', reason: 'a test' }

export function perform(world: World, command: Command): void {
  const round = world.state.round + ('round' in command ? (command.round ?? 0) : 0)
  switch (command.do) {
    case 'connect':
      world.connect(command.who)
      return
    case 'disconnect':
      world.disconnect(command.who)
      return
    case 'leave':
      world.leave(command.who)
      return
    case 'wait':
      world.wait(command.seconds)
      return
    case 'sleep':
      world.sleep(command.seconds)
      return
    case 'restart':
      world.restart()
      return
    case 'tick':
      world.send({ type: 'tick' })
      return
    case 'start':
    case 'pause':
    case 'resume':
    case 'cancel':
      world.send({ type: command.do, ...person })
      return
    case 'extend':
      world.send({ type: 'extend', ...person, seconds: command.seconds })
      return
    case 'exclude':
      world.send({ type: 'exclude', ...person, participant: member(command.who).id })
      return
    case 'download':
      world.send({ type: 'downloaded', round, participant: member(command.who).id, bytes: 4096 })
      return
    case 'upload': {
      const update = updateOf(command.who, round, command.variant)
      world.send({ type: 'updateStored', round, participant: member(command.who).id, update })
      return
    }
    case 'reject': {
      const error = new TributaryError('update_not_finite', { tensor: 'kernel' }).toBody()
      world.send({ type: 'updateRefused', round, participant: member(command.who).id, error })
      return
    }
    case 'fail':
      world.send({ type: 'trainingFailed', round, participant: member(command.who).id, reason: 'out of memory' })
      return
    case 'proceed':
      // What the shell answers when its work is done.
      if (world.state.phase === 'aggregating') world.send({ type: 'aggregated', round, sha256: modelAfter(round) })
      else if (world.state.phase === 'evaluating') world.send({ type: 'evaluated', round, metrics: { accuracy: 0.5 } })
      return
    case 'aggregated':
      world.send({ type: 'aggregated', round, sha256: modelAfter(round) })
      return
    case 'aggregationFailed':
      world.send({ type: 'aggregationFailed', round, error: brokenAggregation(round, 'the disk is full') })
      return
    case 'evaluated':
      world.send({ type: 'evaluated', round, metrics: { accuracy: 0.5, loss: 1 } })
      return
    case 'evaluationFailed':
      world.send({ type: 'evaluationFailed', round, error: brokenEvaluation(round, 'no test set') })
      return
  }
}
