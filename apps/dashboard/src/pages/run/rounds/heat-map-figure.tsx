import { type KeyboardEvent, useCallback, useMemo, useState } from 'react'
import { Canvas } from '../../../charts/canvas.tsx'
import {
  CELL_PX,
  cellAt,
  drawHeatMap,
  type HeatMap,
  type HeatMeasure,
  stateColours,
  stateNames,
} from '../../../charts/heat-map.ts'
import { Legend } from '../../../charts/legend.tsx'
import { formatSeconds } from '../../../format/times.ts'
import { Choice } from '../../../widgets/look.tsx'
import { focusable } from '../../../widgets/scroll-area.tsx'
import { useWords, type WordId } from '../../../words/words.ts'

interface HeatMapFigureProps {
  readonly map: HeatMap
  readonly chosen: number
  readonly onChoose: (round: number) => void
  /** So many rounds on from the chosen one, which may be ahead of `chosen` while a key is held. */
  readonly onStep: (rounds: number) => void
}

/** Rounds × participants. Arrow keys walk over the cells, the cell is said in words, and its round is the chosen one. */
export function HeatMapFigure({ map, chosen, onChoose, onStep }: HeatMapFigureProps) {
  const { w, language } = useWords()
  const [measure, setMeasure] = useState<HeatMeasure>('state')
  const [row, setRow] = useState(0)
  const column = Math.max(0, map.rounds.indexOf(chosen))
  const at = { row: Math.min(row, map.names.length - 1), column }
  const draw = useCallback(
    (canvas: HTMLCanvasElement, width: number) => drawHeatMap(canvas, width, map, measure, { row, column }),
    [map, measure, row, column],
  )
  const cell = map.names.length === 0 ? undefined : cellAt(map, at.row, at.column)
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
      Home: [-map.rounds.length, 0],
      End: [map.rounds.length, 0],
    }
    const step = steps[event.key]
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    setRow((before) => Math.max(0, Math.min(map.names.length - 1, before + step[1])))
    if (step[0] !== 0) onStep(step[0])
  }
  const shownStates = useMemo(() => [...new Set(map.state)].map((number) => stateNames[number] ?? 'unasked'), [map])
  return (
    <figure aria-label={w('heat.title')} style={{ margin: 0 }}>
      <figcaption className="row spread">
        <strong>{w('heat.title')}</strong>
        <Choice
          label={w('heat.colour')}
          value={measure}
          options={[
            ['state', w('members.state')],
            ['seconds', w('run.duration')],
          ]}
          onChange={setMeasure}
        />
      </figcaption>
      <Legend items={shownStates.map((state) => [stateColours[state], w(`part.${state}` as WordId)])} />
      <div
        ref={focusable}
        role="application"
        aria-roledescription={w('chart.role')}
        aria-label={w('heat.how')}
        onKeyDown={onKeyDown}
      >
        <Canvas
          height={Math.max(1, map.names.length) * CELL_PX}
          draw={draw}
          onPoint={(x, y, width) => {
            setRow(Math.floor(y / CELL_PX))
            const round = map.rounds[Math.min(map.rounds.length - 1, Math.floor((x / width) * map.rounds.length))]
            if (round !== undefined) onChoose(round)
          }}
        />
      </div>
      <p role="status" className="number">
        {cell === undefined
          ? ''
          : w('heat.cell', {
              round: chosen,
              name: map.names[at.row] ?? '',
              state: w(`part.${cell.state}`),
              seconds: formatSeconds(cell.seconds, language),
            })}
      </p>
    </figure>
  )
}
