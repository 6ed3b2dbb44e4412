import type { NewInvite, Role } from '@tributary/protocol'
import { useState } from 'react'
import { encode } from 'uqr'
import { copyText } from '../../widgets/copy-text.ts'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import styles from './invite-code.module.css'

/** The code stands in the fragment: it is in no request and so in no server's log. */
export const inviteLink = (origin: string, code: string): string => `${origin}/join#code=${encodeURIComponent(code)}`
/** Asks for the code, so that it is in no shell's history. */
export const joinCommand = (origin: string, name: string): string =>
  `npm run tributary -- join --url ${origin} --name ${name} --data rows.csv --schema schema.json`

/** For whom has no data to join with. */
export const loginCommand = (origin: string, role: Role, name: string): string =>
  `npm run tributary -- login --url ${origin} --invite ${role} --name ${name}`

/** A new invite, shown this once: for an institution link and QR for a browser, and a command for a server; for others a command. */
export function InviteCode({ invite: { role, code, name, expiresAt } }: { invite: NewInvite }) {
  const { w } = useWords()
  const link = inviteLink(location.origin, code)
  const isInstitution = role === 'institution'
  const command = isInstitution
    ? joinCommand(location.origin, name ?? 'NAME')
    : loginCommand(location.origin, role, name ?? 'NAME')
  return (
    <div className="stack">
      <p>{w('invites.once')}</p>
      {isInstitution ? (
        <>
          <Qr text={link} label={w('invites.qr')} />
          <Copyable label={w('invites.link')} text={link} />
        </>
      ) : null}
      <Copyable label={w('invites.code')} text={code} />
      <Copyable label={w(isInstitution ? 'invites.command' : 'invites.login')} text={command} />
      <p className="quiet">
        {w('invites.expires')}: <When at={expiresAt} absolute />
      </p>
    </div>
  )
}

/** Modules as one path, dark on light in every theme: readers need that. */
export function Qr({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 3 })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg className={styles.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

export function Copyable({ label, text }: { label: string; text: string }) {
  const { w } = useWords()
  const [said, setSaid] = useState('')
  return (
    <div>
      <div className="row spread">
        <strong>{label}</strong>
        <span className="row">
          <span role="status">{said}</span>
          <button
            type="button"
            className="button"
            aria-label={w('copy.one', { what: label })}
            onClick={() =>
              void copyText(text).then((isCopied) => setSaid(w(isCopied ? 'diagnosis.copied' : 'diagnosis.refused')))
            }
          >
            {w('copy')}
          </button>
        </span>
      </div>
      <code className={styles.code}>{text}</code>
    </div>
  )
}
