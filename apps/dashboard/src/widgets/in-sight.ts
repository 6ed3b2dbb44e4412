import { useEffect, useRef, useState } from 'react'

/** A little before it is there, so that what is asked for then has come when it is. */
const MARGIN = '200px'

/** Whether an element has been in sight yet. */
export function useInSight<Place extends HTMLElement>() {
  const place = useRef<Place>(null)
  const [wasSeen, setSeen] = useState(false)
  useEffect(() => {
    if (place.current === null || wasSeen) return
    const watch = new IntersectionObserver((entries) => setSeen(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: MARGIN,
    })
    watch.observe(place.current)
    return () => watch.disconnect()
  }, [wasSeen])
  return [place, wasSeen] as const
}
