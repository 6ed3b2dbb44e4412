import type { Language } from '@tributary/protocol'

export const localeOf = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en')

/** What `make` made for a key, kept. To make a format of Intl takes longer than to use it a hundred times. */
export function keptFor<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>()
  return (key) => {
    let one = made.get(key)
    if (one === undefined) {
      one = make(key)
      made.set(key, one)
    }
    return one
  }
}

/** Numbers as text, by one format for each language. */
export function numberFormats(options: Intl.NumberFormatOptions): (value: number, language: Language) => string {
  const formatOf = keptFor((language: Language) => new Intl.NumberFormat(localeOf(language), options))
  return (value, language) => formatOf(language).format(value)
}
