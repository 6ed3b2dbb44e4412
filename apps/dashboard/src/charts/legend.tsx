import styles from './legend.module.css'

/** Colours with their words: no colour stands alone. */
export function Legend({ items }: { items: readonly (readonly [colour: string, word: string])[] }) {
  return (
    <ul className={styles.legend}>
      {items.map(([colour, word]) => (
        <li key={word}>
          <span className={styles.swatch} style={{ background: `var(${colour})` }} /> {word}
        </li>
      ))}
    </ul>
  )
}
