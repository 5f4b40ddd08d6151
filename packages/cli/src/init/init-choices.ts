/** What a new project is made of. */
export interface InitChoices {
  readonly name: string
  /** Relative to the folder. */
  readonly pipeline: string
  readonly install: boolean
}
