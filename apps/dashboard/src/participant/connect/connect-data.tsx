import { useEffect, useState } from 'react'
import { Button, DropZone, FileTrigger, isDirectoryDropItem, isFileDropItem, Text } from 'react-aria-components'
import styles from '../participant.module.css'
import { chosenFiles, droppedFiles } from '../reading/dropped-files.ts'
import { type Choice, choiceOf } from '../reading/files.ts'
import type { PlacedFile } from '../reading/messages.ts'
import { dropSpareReader, keepReaderReady } from '../reading/reader.ts'
import { useParticipantWords } from '../words/words.ts'
import { ConnectImages } from './connect-images.tsx'
import { ConnectTable } from './connect-table.tsx'
import type { ConnectedData } from './connected-data.ts'
import { WebGpuChoice } from './webgpu-choice.tsx'

interface ConnectDataProps {
  readonly webgpu: boolean
  readonly onWebgpu: (isWanted: boolean) => void
  readonly onConnected: (data: ConnectedData) => void
}

/** Files by dropping, by button or by keyboard. Nothing is uploaded: the page reads them where they are. */
export default function ConnectData({ webgpu, onWebgpu, onConnected }: ConnectDataProps) {
  const { p } = useParticipantWords()
  const [choice, setChoice] = useState<Choice | null>(null)
  useEffect(() => {
    keepReaderReady()
    return dropSpareReader
  }, [])
  const take = (files: readonly PlacedFile[]) => setChoice(choiceOf(files))
  return (
    <section className="stack">
      <h2>{p('connect.title')}</h2>
      <DropZone
        className={styles.drop ?? ''}
        aria-label={p('connect.drop')}
        onDrop={({ items }) => {
          // At once: what was dropped can be read only now.
          void droppedFiles(items.filter((item) => isFileDropItem(item) || isDirectoryDropItem(item))).then(take)
        }}
      >
        <Text slot="label">{p('connect.drop')}</Text>
        <div className="row">
          <FileTrigger allowsMultiple onSelect={(files) => take(chosenFiles(files))}>
            <Button className="button" data-kind="main">
              {p('connect.files')}
            </Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={(files) => take(chosenFiles(files))}>
            <Button className="button">{p('connect.folder')}</Button>
          </FileTrigger>
        </div>
        <span className="quiet">{p('connect.stays')}</span>
      </DropZone>
      <WebGpuChoice isWanted={webgpu} onChange={onWebgpu} />
      <div aria-live="polite">{choice === null ? <p className="quiet">{p('connect.kinds')}</p> : null}</div>
      {choice === null ? null : <Chosen key={keyOf(choice)} choice={choice} onConnected={onConnected} />}
    </section>
  )
}

interface ChosenProps {
  readonly choice: Choice
  readonly onConnected: (data: ConnectedData) => void
}

function Chosen({ choice, onConnected }: ChosenProps) {
  const { p } = useParticipantWords()
  switch (choice.kind) {
    case 'table':
      return <ConnectTable csv={choice.csv} schemaFile={choice.schemaFile} onConnected={onConnected} />
    case 'images':
    case 'idx':
      return <ConnectImages choice={choice} onConnected={onConnected} />
    case 'unknown':
      return (
        <p className="notice" data-kind="bad" role="alert">
          {p(`connect.unknown.${choice.reason}`)}
        </p>
      )
  }
}

let chosen = 0
const keys = new WeakMap<Choice, number>()
/** Each choice is a form of its own, also of the same file again. */
function keyOf(choice: Choice): number {
  const known = keys.get(choice) ?? ++chosen
  keys.set(choice, known)
  return known
}
