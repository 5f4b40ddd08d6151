/** A request as the registry saw it. */
export interface RegistryRequest {
  /** `GET`, `PUT`, … */
  readonly method: string
  /** With the query. */
  readonly path: string
  /** The `Host` it was sent to. The storage that blobs are redirected to has another port. */
  readonly host: string
  /** How it said who asks; `undefined`: it did not. */
  readonly authorization: 'basic' | 'bearer' | 'other' | undefined
  /** 0: not answered yet, or cut before it was. */
  readonly status: number
  /** Bytes of the body that was received. */
  readonly received: number
  /** Bytes of the body that was sent. */
  readonly sent: number
}

/** The same, while it goes on. */
export type OpenRequest = { -readonly [K in keyof RegistryRequest]: RegistryRequest[K] }
