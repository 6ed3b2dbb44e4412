import type { BarPhase, Timeline } from './round-timeline.ts'

export const ROW_PX = 30
export const barColours: Record<BarPhase, string> = {
  download: '--phase-5',
  train: '--phase-1',
  upload: '--phase-2',
  wait: '--line',
}

/** A canvas' context in CSS pixels, cleared, with as many device pixels as the screen has. */
export function freshContext(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const scale = devicePixelRatio
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const context = canvas.getContext('2d')
  context?.setTransform(scale, 0, 0, scale, 0, 0)
  return context
}

export const colourReader = (): ((name: string) => string) => {
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(name).trim()
}

/** Bars of all rows, the median's arrival and the deadline, one colour at a time. */
export function drawGantt(canvas: HTMLCanvasElement, width: number, { rows, length, deadline, median }: Timeline): void {
  const height = rows.length * ROW_PX
  const context = freshContext(canvas, width, height)
  if (context === null) return
  const colour = colourReader()
  const x = (seconds: number) => (seconds / length) * width
  for (const phase of ['wait', 'download', 'train', 'upload'] as const) {
    context.fillStyle = colour(barColours[phase])
    rows.forEach(({ bars }, row) => {
      for (const bar of bars) {
        if (bar.phase !== phase) continue
        const thin = phase === 'wait' ? 8 : 0
        context.fillRect(x(bar.from), row * ROW_PX + 5 + thin, Math.max(1.5, x(bar.to) - x(bar.from)), ROW_PX - 10 - 2 * thin)
      }
    })
  }
  const line = (seconds: number, name: string, dash: number[]) => {
    if (seconds > length) return
    context.strokeStyle = colour(name)
    context.setLineDash(dash)
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(x(seconds), 0)
    context.lineTo(x(seconds), height)
    context.stroke()
  }
  if (median !== null) line(median, '--ink', [2, 4])
  line(deadline, '--bad', [])
}
