import { useId } from 'react'
import { useParticipantWords } from '../words/words.ts'

interface WebGpuChoiceProps {
  readonly isWanted: boolean
  readonly onChange: (isWanted: boolean) => void
}

/** Lets a person try the graphics processor, where the browser speaks of one at all. */
export function WebGpuChoice({ isWanted, onChange }: WebGpuChoiceProps) {
  const { p } = useParticipantWords()
  const about = useId()
  if (!('gpu' in navigator)) return null
  return (
    <div className="stack">
      <label className="row">
        <input type="checkbox" checked={isWanted} aria-describedby={about} onChange={({ target }) => onChange(target.checked)} />
        <span>{p('webgpu.ask')}</span>
      </label>
      <p id={about} className="quiet">
        {p('webgpu.about')}
      </p>
    </div>
  )
}
