/** Version of this package, told to the coordinator when a participant is ready. */
export const CLIENT_VERSION = '0.1.0'
