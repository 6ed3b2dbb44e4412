import { useEffect, useRef, useState } from 'react'
import { useTheme } from './curve-figure.tsx'

interface CanvasProps {
  readonly height: number
  /** Draws at this width in CSS pixels; called when it changes, when the theme does, and when `draw` is another one. */
  readonly draw: (canvas: HTMLCanvasElement, width: number) => void
  readonly onPoint?: (x: number, y: number, width: number) => void
}

/** A canvas as wide as its place, painted at most once a frame. For eyes: its words stand beside it. */
export function Canvas({ height, draw, onPoint }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const theme = useTheme()
  useEffect(() => {
    const place = canvas.current?.parentElement
    if (place == null) return
    const watch = new ResizeObserver(() => setWidth(place.clientWidth))
    watch.observe(place)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const element = canvas.current
    if (element === null || width === 0 || theme === '') return
    const frame = requestAnimationFrame(() => draw(element, width))
    return () => cancelAnimationFrame(frame)
  }, [draw, width, theme])
  return (
    <canvas
      ref={canvas}
      style={{ width: '100%', height, display: 'block' }}
      onPointerDown={({ nativeEvent }) => onPoint?.(nativeEvent.offsetX, nativeEvent.offsetY, width)}
    />
  )
}
