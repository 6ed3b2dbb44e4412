import { useState } from 'react'
import type { Choice } from '../reading/files.ts'
import type { ImageForm, Recipe } from '../reading/messages.ts'
import { useParticipantWords } from '../words/words.ts'
import { listOf } from './connect-table.tsx'
import type { ConnectedData } from './connected-data.ts'
import { ReadAndGo } from './read-and-go.tsx'

type ImageChoice = Extract<Choice, { kind: 'images' | 'idx' }>

/** As MNIST's pixels are scaled, here and in `tributary join --mnist`. */
const MNIST = { mean: 0.1307, std: 0.3081 }

interface ConnectImagesProps {
  readonly choice: ImageChoice
  readonly onConnected: (data: ConnectedData) => void
}

/** Size, colours, scale and classes must be those of the other participants: the federation's admin says them. */
export function ConnectImages({ choice, onConnected }: ConnectImagesProps) {
  const { p } = useParticipantWords()
  const [size, setSize] = useState(28)
  const [channels, setChannels] = useState<1 | 3>(1)
  const [scale, setScale] = useState(MNIST)
  const [classes, setClasses] = useState(choice.kind === 'images' ? choice.classes.join(', ') : '0, 1, 2, 3, 4, 5, 6, 7, 8, 9')
  const form: ImageForm = { ...scale, width: size, height: size, channels, classes: listOf(classes) }
  const recipe: Recipe =
    choice.kind === 'images' ? { kind: 'images', images: choice.images, form } : { kind: 'idx', pair: choice.pair, form }
  return (
    <section className="stack">
      <h3>
        {choice.kind === 'images'
          ? p('images.found', { images: choice.images.length, classes: choice.classes.length })
          : p('images.idx', { files: choice.pair.map(({ path }) => path).join(', ') })}
      </h3>
      <div className="cards">
        {choice.kind === 'images' ? (
          <>
            <NumberField word={p('images.size')} value={size} min={1} max={512} step={1} onChange={setSize} />
            <label className="field">
              <span>{p('images.colours')}</span>
              <select className="input" value={channels} onChange={(event) => setChannels(event.target.value === '3' ? 3 : 1)}>
                <option value="1">{p('images.grey')}</option>
                <option value="3">{p('images.rgb')}</option>
              </select>
            </label>
          </>
        ) : null}
        <NumberField word={p('images.mean')} value={scale.mean} step="any" onChange={(mean) => setScale({ ...scale, mean })} />
        <NumberField
          word={p('images.std')}
          value={scale.std}
          min={1e-6}
          step="any"
          onChange={(std) => setScale({ ...scale, std })}
        />
      </div>
      <label className="field">
        <span>{p('table.classes')}</span>
        <input className="input" value={classes} onChange={(event) => setClasses(event.target.value)} />
        <span className="quiet">{p('table.classes-why')}</span>
      </label>
      <ReadAndGo recipe={recipe} onConnected={onConnected} />
    </section>
  )
}

interface NumberFieldProps {
  readonly word: string
  readonly value: number
  readonly step: number | 'any'
  readonly min?: number
  readonly max?: number
  readonly onChange: (value: number) => void
}

function NumberField({ word, value, onChange, ...bounds }: NumberFieldProps) {
  return (
    <label className="field">
      <span>{word}</span>
      <input
        className="input"
        type="number"
        defaultValue={value}
        {...bounds}
        onChange={({ target }) => {
          if (target.value !== '' && target.validity.valid) onChange(target.valueAsNumber)
        }}
      />
    </label>
  )
}
