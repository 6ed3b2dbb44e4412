import { useId } from 'react'
import { usePreferences } from '../app/preferences-context.tsx'
import { useWords } from '../words/words.ts'

/** Language, theme and zone of this browser. */
export function Look() {
  const { w } = useWords()
  const { preferences, change } = usePreferences()
  return (
    <section aria-label={w('look.title')} className="row">
      <Choice
        label="语言 / Language"
        value={preferences.language}
        options={[
          ['en', 'English'],
          ['zh', '中文'],
        ]}
        onChange={(language) => change({ language })}
      />
      <Choice
        label={w('look.theme')}
        value={preferences.theme}
        options={[
          ['system', w('look.system')],
          ['light', w('look.light')],
          ['dark', w('look.dark')],
        ]}
        onChange={(theme) => change({ theme })}
      />
      <Choice
        label={w('look.zone')}
        value={preferences.zone}
        options={[
          ['local', w('look.local')],
          ['utc', 'UTC'],
        ]}
        onChange={(zone) => change({ zone })}
      />
    </section>
  )
}

interface ChoiceProps<Value extends string> {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}

export function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={({ target }) => {
          const chosen = options.find(([known]) => known === target.value)
          if (chosen !== undefined) onChange(chosen[0])
        }}
      >
        {options.map(([known, word]) => (
          <option key={known} value={known}>
            {word}
          </option>
        ))}
      </select>
    </div>
  )
}
