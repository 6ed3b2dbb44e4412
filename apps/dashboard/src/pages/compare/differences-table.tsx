import { NONE } from '../../format/numbers.ts'
import { Listing } from '../../widgets/listing.tsx'
import { useWords } from '../../words/words.ts'
import type { Compared } from './compare.tsx'
import { differing, flatten } from './differences.ts'

/** Only the settings in which the runs differ. */
export function Differences({ runs }: { runs: readonly Compared[] }) {
  const { w } = useWords()
  const settings = runs.map(({ run }) => flatten(run.config))
  const paths = differing(settings)
  return (
    <section aria-labelledby="differences">
      <h2 id="differences">{w('compare.differences')}</h2>
      {paths.length === 0 ? (
        <p>{w('compare.same')}</p>
      ) : (
        <Listing label={w('compare.differences')} columns={[w('compare.setting'), ...runs.map(({ run }) => run.name)]}>
          {paths.map((path) => (
            <tr key={path}>
              <th scope="row">
                <code>{path}</code>
              </th>
              {settings.map((flat, index) => (
                <td key={runs[index]?.run.id}>{flat.get(path) ?? NONE}</td>
              ))}
            </tr>
          ))}
        </Listing>
      )}
    </section>
  )
}
