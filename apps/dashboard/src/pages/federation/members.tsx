import type { Participant } from '@tributary/protocol'
import { formatBytes, formatCount, NONE } from '../../format/numbers.ts'
import { Listing } from '../../widgets/listing.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'

/** Participants as they are now; in the order of their names, so that no row moves under a pointer. */
export function Members({ list }: { list: readonly Participant[] }) {
  const { w, language } = useWords()
  if (list.length === 0) return <p>{w('members.empty')}</p>
  const inOrder = [...list].sort((a, b) => a.name.localeCompare(b.name))
  return (
    <Listing
      label={w('members.title')}
      columns={[
        w('members.name'),
        w('members.state'),
        w('members.seen'),
        w('members.backend'),
        { number: w('members.samples') },
        { number: w('members.rounds') },
        { number: w('members.sent') },
        w('members.version'),
      ]}
    >
      {inOrder.map((one) => (
        <tr key={one.id}>
          <th scope="row">{one.name}</th>
          <td>
            {stateOf(one) === 'online' ? '● ' : '○ '}
            {w(`members.${stateOf(one)}`)}
          </td>
          <td>
            <When at={one.lastSeenAt} />
          </td>
          <td>{one.backend ?? NONE}</td>
          <td data-kind="number">{formatCount(one.samples, language)}</td>
          <td data-kind="number">{formatCount(one.roundsCounted, language)}</td>
          <td data-kind="number">{formatBytes(one.bytesUp, language)}</td>
          <td>{one.clientVersion ?? NONE}</td>
        </tr>
      ))}
    </Listing>
  )
}

const stateOf = ({ state, online }: Participant): 'left' | 'online' | 'offline' =>
  state === 'left' ? 'left' : online ? 'online' : 'offline'
