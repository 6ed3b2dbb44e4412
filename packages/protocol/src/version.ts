/** Version of everything on the wire. Both ends must name the same one in the handshake; see docs/protocol.md. */
export const PROTOCOL_VERSION = 1
