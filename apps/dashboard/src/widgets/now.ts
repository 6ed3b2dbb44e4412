import { useEffect, useReducer } from 'react'

/** This machine's clock as it is at this rendering, of which there is one every `milliseconds` at least, unless `isOn` is false. */
export function useNow(milliseconds: number, isOn = true): number {
  const [, again] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(again, milliseconds)
    return () => clearInterval(timer)
  }, [milliseconds, isOn])
  return Date.now()
}
