/** One create call, recorded before it is sent. */
export interface CreateRecord {
  /** From 1. */
  readonly n: number
  readonly nonce: string
  /** ISO 8601: after it, the answer counts as lost. */
  readonly deadline: string
}

/** What is durably known of an attempt. */
export interface AttemptState {
  readonly intent?: object
  readonly creates: readonly CreateRecord[]
  readonly handle?: object
}

/** The durable record of one attempt. What is written is there for any process before the promise resolves. */
export interface AttemptRecord {
  read(): Promise<AttemptState>
  /** Before anything is created. The first intent stays: one that differs is refused. */
  intent(value: object): Promise<void>
  create(record: CreateRecord): Promise<void>
  handle(value: object): Promise<void>
}
