import type { WebGpuRefusal } from '@tributary/client/browser'
import { formatNumber } from '../../format/numbers.ts'
import { useParticipantWords } from '../words/words.ts'

/** The graphics processor was asked for and is not used: why, and what happens instead. */
export function WebGpuRefused({ refusal }: { refusal: WebGpuRefusal }) {
  const { p, language } = useParticipantWords()
  const why =
    refusal.kind === 'differs'
      ? p('webgpu.differs', { tensor: refusal.tensor, difference: formatNumber(refusal.difference, language) })
      : refusal.kind === 'not-finite'
        ? p('webgpu.not-finite', { tensor: refusal.tensor })
        : refusal.kind === 'no-adapter'
          ? p('webgpu.no-adapter')
          : p('webgpu.failed', { reason: refusal.reason })
  return (
    <p className="notice" role="status">
      {why} {p('webgpu.instead')}
    </p>
  )
}
