/** What DescribeTrainingJob says, as far as it is read here. Whatever is missing was not said. */
export interface TrainingJob {
  readonly TrainingJobName?: string | undefined
  readonly TrainingJobArn?: string | undefined
  readonly TrainingJobStatus?: string | undefined
  readonly SecondaryStatus?: string | undefined
  readonly FailureReason?: string | undefined
  readonly CreationTime?: Date | undefined
  readonly TrainingStartTime?: Date | undefined
  readonly TrainingEndTime?: Date | undefined
  readonly LastModifiedTime?: Date | undefined
  readonly SecondaryStatusTransitions?: readonly StatusTransition[] | undefined
  readonly TrainingTimeInSeconds?: number | undefined
  readonly BillableTimeInSeconds?: number | undefined
  readonly EnableManagedSpotTraining?: boolean | undefined
  readonly Environment?: Readonly<Record<string, string>> | undefined
  readonly ResourceConfig?:
    | {
        readonly InstanceType?: string | undefined
        readonly InstanceCount?: number | undefined
        readonly SelectedInstanceType?: string | undefined
        readonly SelectedInstanceCount?: number | undefined
      }
    | undefined
  readonly StoppingCondition?: { readonly MaxPendingTimeInSeconds?: number | undefined } | undefined
}

/** When a job came into a state. */
export interface StatusTransition {
  readonly Status: string | undefined
  readonly StartTime: Date | undefined
  readonly EndTime?: Date | undefined
  /** For people: SageMaker says that it may change. */
  readonly StatusMessage?: string | undefined
}

/** What ListTrainingJobs says of a job. */
export interface TrainingJobSummary {
  readonly TrainingJobName?: string | undefined
  readonly TrainingJobArn?: string | undefined
  readonly TrainingJobStatus?: string | undefined
  readonly SecondaryStatus?: string | undefined
  readonly CreationTime?: Date | undefined
  readonly TrainingEndTime?: Date | undefined
  readonly LastModifiedTime?: Date | undefined
}
