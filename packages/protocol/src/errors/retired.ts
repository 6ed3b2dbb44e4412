/** Codes that are no longer sent. They stay reserved: an old client may know them, so none is ever given another meaning. */
export const retiredCodes: Readonly<Record<string, { readonly since: string; readonly instead: string }>> = {
  too_many_connections: { since: '0.1.0', instead: '`unreachable`: a connection beyond the limit is closed without an answer' },
}
