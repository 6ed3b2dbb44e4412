/** What an invite link says behind the #, which no server sees. */
export interface Invitation {
  readonly code: string
  /** The participant's name, where the inviter chose it. */
  readonly name: string | null
}

export function invitationFrom(hash: string): Invitation | null {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const code = parameters.get('code')?.trim() ?? ''
  return code === '' ? null : { code, name: parameters.get('name')?.trim() || null }
}
