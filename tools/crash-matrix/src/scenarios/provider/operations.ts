/** Of SageMaker, as faults name them. */
export const CREATE = 'sagemaker.CreateTrainingJob'
export const DESCRIBE = 'sagemaker.DescribeTrainingJob'
export const LIST = 'sagemaker.ListTrainingJobs'
export const STOP = 'sagemaker.StopTrainingJob'
/** Of CloudWatch Logs. */
export const STREAMS = 'logs.DescribeLogStreams'
