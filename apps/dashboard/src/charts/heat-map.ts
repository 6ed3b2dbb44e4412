import { NO_TIME, partStates } from '@tributary/protocol'
import { type HorizontalRun, type RoundPart, roundLines } from '../live-store/index.ts'
import { colourReader, freshContext } from './gantt-canvas.ts'

export type HeatMeasure = 'state' | 'seconds'
export interface HeatCell {
  readonly state: RoundPart['state'] | 'unasked'
  readonly seconds: number | null
}
/** Rounds × participants; in the order of names, so that no row moves. */
export interface HeatMap {
  readonly rounds: readonly number[]
  readonly names: readonly string[]
  /** Row by row (participant, then round): 0 for one who was not asked, otherwise 1 + the place in `partStates`. */
  readonly state: Uint8Array
  /** Seconds from being asked to the update; NaN without one. */
  readonly seconds: Float32Array
}

export function heatMapOf({ history, rounds: recent }: Pick<HorizontalRun, 'history' | 'rounds'>): HeatMap {
  const names = [
    ...new Set([...history.names, ...recent.flatMap(({ participants }) => participants.map(({ name }) => name))]),
  ].sort()
  const rows = new Map(names.map((name, row) => [name, row]))
  const rounds = roundLines({ history, rounds: recent }).map(({ round }) => round)
  const width = rounds.length
  const state = new Uint8Array(names.length * width)
  const seconds = new Float32Array(names.length * width).fill(Number.NaN)
  const { cells } = history
  history.names.forEach((name, from) => {
    const row = rows.get(name) ?? 0
    for (let column = 0; column < history.lines.length; column += 1) {
      const cell = column * history.names.length + from
      const known = cells.state[cell] ?? 0
      if (known === 0) continue
      const at = row * width + column
      state[at] = known
      const uploaded = cells.uploaded[cell] ?? NO_TIME
      if (uploaded !== NO_TIME) seconds[at] = (uploaded - (cells.selected[cell] ?? 0)) / 1000
    }
  })
  recent.forEach(({ participants }, index) => {
    for (const { name, state: known, selectedAt, uploadedAt } of participants) {
      const at = (rows.get(name) ?? 0) * width + history.lines.length + index
      state[at] = 1 + partStates.indexOf(known)
      if (uploadedAt !== null) seconds[at] = (Date.parse(uploadedAt) - Date.parse(selectedAt)) / 1000
    }
  })
  return { rounds, names, state, seconds }
}

export function cellAt({ rounds, state, seconds }: HeatMap, row: number, column: number): HeatCell {
  const at = row * rounds.length + column
  const took = seconds[at] ?? Number.NaN
  return { state: stateNames[state[at] ?? 0] ?? 'unasked', seconds: Number.isNaN(took) ? null : took }
}

/** By the numbers of cells. */
export const stateNames: readonly HeatCell['state'][] = ['unasked', ...partStates]
export const stateColours: Record<HeatCell['state'], string> = {
  accepted: '--phase-1',
  selected: '--phase-5',
  downloaded: '--phase-2',
  failed: '--phase-3',
  missing: '--phase-3',
  left: '--phase-4',
  excluded: '--phase-4',
  unasked: '--line',
}
/** Where several rounds share a pixel, the first of these that is among them is seen. */
const byWeight: readonly HeatCell['state'][] = [
  'failed',
  'missing',
  'left',
  'excluded',
  'downloaded',
  'selected',
  'accepted',
  'unasked',
]
const weights = stateNames.map((name) => byWeight.length - byWeight.indexOf(name))

export const CELL_PX = 18
const LEAST_GAP_PX = 6

/** A pixel for each cell, then stretched: a picture of a hundred thousand cells in a few milliseconds. */
export function drawHeatMap(
  canvas: HTMLCanvasElement,
  width: number,
  map: HeatMap,
  measure: HeatMeasure,
  at: { row: number; column: number } | null,
): void {
  const height = map.names.length * CELL_PX
  const context = freshContext(canvas, width, height)
  if (context === null || map.rounds.length === 0 || map.names.length === 0) return
  const columns = Math.min(map.rounds.length, canvas.width)
  const picture = new OffscreenCanvas(columns, map.names.length)
  const pixels = picture.getContext('2d', { willReadFrequently: true })
  if (pixels === null) return
  pixels.putImageData(cellPixels(map, measure, columns, numericColours()), 0, 0)
  context.imageSmoothingEnabled = false
  context.drawImage(picture, 0, 0, width, height)
  const cell = width / map.rounds.length
  if (cell > LEAST_GAP_PX) for (let n = 1; n < columns; n += 1) context.clearRect(n * cell - 1, 0, 1, height)
  for (let row = 1; row <= map.names.length; row += 1) context.clearRect(0, row * CELL_PX - 1, width, 1)
  if (at === null) return
  context.strokeStyle = colourReader()('--ink')
  context.lineWidth = 2
  context.strokeRect(at.column * cell + 1, at.row * CELL_PX + 1, Math.max(3, cell - 2), CELL_PX - 3)
}

/** Durations as strength of the state's colour, by share of the longest. */
function cellPixels(map: HeatMap, measure: HeatMeasure, columns: number, colours: readonly number[][]): ImageData {
  const { rounds, names, state, seconds } = map
  const image = new ImageData(columns, names.length)
  const { data } = image
  let longest = 0.001
  if (measure === 'seconds') for (const took of seconds) if (took > longest) longest = took
  const perPixel = rounds.length / columns
  for (let row = 0; row < names.length; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const first = Math.floor(column * perPixel)
      const end = Math.max(first + 1, Math.floor((column + 1) * perPixel))
      let shown = 0
      let took = Number.NaN
      for (let n = first; n < end; n += 1) {
        const cell = row * rounds.length + n
        const known = state[cell] ?? 0
        if ((weights[known] ?? 0) > (weights[shown] ?? 0)) shown = known
        const own = seconds[cell] ?? Number.NaN
        if (!(own <= took)) took = Number.isNaN(own) ? took : own
      }
      const [red = 0, green = 0, blue = 0] = colours[shown] ?? []
      const strength = measure === 'state' || Number.isNaN(took) ? 1 : 0.15 + 0.85 * (took / longest)
      const at = 4 * (row * columns + column)
      data[at] = red
      data[at + 1] = green
      data[at + 2] = blue
      data[at + 3] = 255 * strength
    }
  }
  return image
}

/** Colours of the states as red, green and blue, as the theme has them now. */
function numericColours(): number[][] {
  const context = new OffscreenCanvas(stateNames.length, 1).getContext('2d', { willReadFrequently: true })
  if (context === null) return []
  const colour = colourReader()
  stateNames.forEach((state, at) => {
    context.fillStyle = colour(stateColours[state])
    context.fillRect(at, 0, 1, 1)
  })
  const { data } = context.getImageData(0, 0, stateNames.length, 1)
  return stateNames.map((_, at) => [...data.subarray(4 * at, 4 * at + 3)])
}
