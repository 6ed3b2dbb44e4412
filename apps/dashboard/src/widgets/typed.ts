import { type ChangeEvent, useState } from 'react'

/**
 * For an input whose value stands in the address: while somebody types, what was typed counts, since the address is drawn later, and
 * React would put the old text back between two letters.
 */
export function useTyped(value: string, tell: (text: string) => void) {
  const [typed, setTyped] = useState<string | null>(null)
  return {
    value: typed ?? value,
    onChange: ({ target }: ChangeEvent<HTMLInputElement>) => {
      setTyped(target.value)
      tell(target.value)
    },
    onBlur: () => setTyped(null),
  }
}
