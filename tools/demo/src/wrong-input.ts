/** The demo was asked for what it cannot do: told as a sentence with a remedy, without a stack trace. */
export class WrongInput extends Error {
  override readonly name = 'WrongInput'
  /** What to do instead. */
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
