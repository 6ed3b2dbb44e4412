import type { RunPhase, VerticalPhase } from '@tributary/protocol'
import { useWords } from '../words/words.ts'
import styles from './phase.module.css'

type Phase = RunPhase | VerticalPhase
/** A state is an icon and a word and a colour, never a colour alone. */
const icons: Record<Phase, string> = {
  created: '○',
  selecting: '◔',
  training: '▶',
  aggregating: 'Σ',
  evaluating: '✎',
  paused: '‖',
  completed: '✓',
  failed: '✕',
  cancelled: '⊘',
  proposed: '○',
  approving: '◔',
  running: '▶',
  aborted: '✕',
}

export function PhaseBadge({ phase }: { phase: Phase }) {
  const { w } = useWords()
  return (
    <span className={styles.badge} data-phase={phase}>
      <span aria-hidden="true">{icons[phase]}</span> {w(`phase.${phase}`)}
    </span>
  )
}
