import type { Limits } from '../ground/limits.ts'

const PROCESSING_INSTANCE_TYPES = (
  'ml.t3.medium ml.t3.large ml.t3.xlarge ml.t3.2xlarge ml.m4.xlarge ml.m4.2xlarge ml.m4.4xlarge ' +
  'ml.m4.10xlarge ml.m4.16xlarge ml.c4.xlarge ml.c4.2xlarge ml.c4.4xlarge ml.c4.8xlarge ml.p2.xlarge ' +
  'ml.p2.8xlarge ml.p2.16xlarge ml.p3.2xlarge ml.p3.8xlarge ml.p3.16xlarge ml.c5.xlarge ml.c5.2xlarge ' +
  'ml.c5.4xlarge ml.c5.9xlarge ml.c5.18xlarge ml.m5.large ml.m5.xlarge ml.m5.2xlarge ml.m5.4xlarge ' +
  'ml.m5.12xlarge ml.m5.24xlarge ml.r5.large ml.r5.xlarge ml.r5.2xlarge ml.r5.4xlarge ml.r5.8xlarge ' +
  'ml.r5.12xlarge ml.r5.16xlarge ml.r5.24xlarge ml.g4dn.xlarge ml.g4dn.2xlarge ml.g4dn.4xlarge ' +
  'ml.g4dn.8xlarge ml.g4dn.12xlarge ml.g4dn.16xlarge ml.g5.xlarge ml.g5.2xlarge ml.g5.4xlarge ' +
  'ml.g5.8xlarge ml.g5.16xlarge ml.g5.12xlarge ml.g5.24xlarge ml.g5.48xlarge ml.r5d.large ' +
  'ml.r5d.xlarge ml.r5d.2xlarge ml.r5d.4xlarge ml.r5d.8xlarge ml.r5d.12xlarge ml.r5d.16xlarge ' +
  'ml.r5d.24xlarge ml.g6.xlarge ml.g6.2xlarge ml.g6.4xlarge ml.g6.8xlarge ml.g6.12xlarge ' +
  'ml.g6.16xlarge ml.g6.24xlarge ml.g6.48xlarge ml.g6e.xlarge ml.g6e.2xlarge ml.g6e.4xlarge ' +
  'ml.g6e.8xlarge ml.g6e.12xlarge ml.g6e.16xlarge ml.g6e.24xlarge ml.g6e.48xlarge ml.m6i.large ' +
  'ml.m6i.xlarge ml.m6i.2xlarge ml.m6i.4xlarge ml.m6i.8xlarge ml.m6i.12xlarge ml.m6i.16xlarge ' +
  'ml.m6i.24xlarge ml.m6i.32xlarge ml.c6i.xlarge ml.c6i.2xlarge ml.c6i.4xlarge ml.c6i.8xlarge ' +
  'ml.c6i.12xlarge ml.c6i.16xlarge ml.c6i.24xlarge ml.c6i.32xlarge ml.m7i.large ml.m7i.xlarge ' +
  'ml.m7i.2xlarge ml.m7i.4xlarge ml.m7i.8xlarge ml.m7i.12xlarge ml.m7i.16xlarge ml.m7i.24xlarge ' +
  'ml.m7i.48xlarge ml.c7i.large ml.c7i.xlarge ml.c7i.2xlarge ml.c7i.4xlarge ml.c7i.8xlarge ' +
  'ml.c7i.12xlarge ml.c7i.16xlarge ml.c7i.24xlarge ml.c7i.48xlarge ml.r7i.large ml.r7i.xlarge ' +
  'ml.r7i.2xlarge ml.r7i.4xlarge ml.r7i.8xlarge ml.r7i.12xlarge ml.r7i.16xlarge ml.r7i.24xlarge ' +
  'ml.r7i.48xlarge ml.p5.4xlarge ml.g7e.2xlarge ml.g7e.4xlarge ml.g7e.8xlarge ml.g7e.12xlarge ' +
  'ml.g7e.24xlarge ml.g7e.48xlarge ml.g7.2xlarge ml.g7.4xlarge ml.g7.8xlarge ml.g7.12xlarge ' +
  'ml.g7.24xlarge ml.g7.48xlarge'
).split(' ')

const SECONDARY_STATUSES = (
  'Starting LaunchingMLInstances PreparingTrainingStack Downloading DownloadingTrainingImage Training ' +
  'Uploading Stopping Stopped MaxRuntimeExceeded Completed Failed Interrupted MaxWaitTimeExceeded ' +
  'Updating Restarting Pending'
).split(' ')

const TRAINING_INSTANCE_TYPES = (
  'ml.m4.xlarge ml.m4.2xlarge ml.m4.4xlarge ml.m4.10xlarge ml.m4.16xlarge ml.g4dn.xlarge ' +
  'ml.g4dn.2xlarge ml.g4dn.4xlarge ml.g4dn.8xlarge ml.g4dn.12xlarge ml.g4dn.16xlarge ml.m5.large ' +
  'ml.m5.xlarge ml.m5.2xlarge ml.m5.4xlarge ml.m5.12xlarge ml.m5.24xlarge ml.c4.xlarge ml.c4.2xlarge ' +
  'ml.c4.4xlarge ml.c4.8xlarge ml.p2.xlarge ml.p2.8xlarge ml.p2.16xlarge ml.p3.2xlarge ml.p3.8xlarge ' +
  'ml.p3.16xlarge ml.p3dn.24xlarge ml.p4d.24xlarge ml.p4de.24xlarge ml.p5.48xlarge ml.p5e.48xlarge ' +
  'ml.p5en.48xlarge ml.c5.xlarge ml.c5.2xlarge ml.c5.4xlarge ml.c5.9xlarge ml.c5.18xlarge ' +
  'ml.c5n.xlarge ml.c5n.2xlarge ml.c5n.4xlarge ml.c5n.9xlarge ml.c5n.18xlarge ml.g5.xlarge ' +
  'ml.g5.2xlarge ml.g5.4xlarge ml.g5.8xlarge ml.g5.16xlarge ml.g5.12xlarge ml.g5.24xlarge ' +
  'ml.g5.48xlarge ml.g6.xlarge ml.g6.2xlarge ml.g6.4xlarge ml.g6.8xlarge ml.g6.16xlarge ml.g6.12xlarge ' +
  'ml.g6.24xlarge ml.g6.48xlarge ml.g6e.xlarge ml.g6e.2xlarge ml.g6e.4xlarge ml.g6e.8xlarge ' +
  'ml.g6e.16xlarge ml.g6e.12xlarge ml.g6e.24xlarge ml.g6e.48xlarge ml.trn1.2xlarge ml.trn1.32xlarge ' +
  'ml.trn1n.32xlarge ml.trn2.48xlarge ml.m6i.large ml.m6i.xlarge ml.m6i.2xlarge ml.m6i.4xlarge ' +
  'ml.m6i.8xlarge ml.m6i.12xlarge ml.m6i.16xlarge ml.m6i.24xlarge ml.m6i.32xlarge ml.c6i.xlarge ' +
  'ml.c6i.2xlarge ml.c6i.8xlarge ml.c6i.4xlarge ml.c6i.12xlarge ml.c6i.16xlarge ml.c6i.24xlarge ' +
  'ml.c6i.32xlarge ml.r5d.large ml.r5d.xlarge ml.r5d.2xlarge ml.r5d.4xlarge ml.r5d.8xlarge ' +
  'ml.r5d.12xlarge ml.r5d.16xlarge ml.r5d.24xlarge ml.t3.medium ml.t3.large ml.t3.xlarge ml.t3.2xlarge ' +
  'ml.r5.large ml.r5.xlarge ml.r5.2xlarge ml.r5.4xlarge ml.r5.8xlarge ml.r5.12xlarge ml.r5.16xlarge ' +
  'ml.r5.24xlarge ml.p6-b200.48xlarge ml.m7i.large ml.m7i.xlarge ml.m7i.2xlarge ml.m7i.4xlarge ' +
  'ml.m7i.8xlarge ml.m7i.12xlarge ml.m7i.16xlarge ml.m7i.24xlarge ml.m7i.48xlarge ml.c7i.large ' +
  'ml.c7i.xlarge ml.c7i.2xlarge ml.c7i.4xlarge ml.c7i.8xlarge ml.c7i.12xlarge ml.c7i.16xlarge ' +
  'ml.c7i.24xlarge ml.c7i.48xlarge ml.r7i.large ml.r7i.xlarge ml.r7i.2xlarge ml.r7i.4xlarge ' +
  'ml.r7i.8xlarge ml.r7i.12xlarge ml.r7i.16xlarge ml.r7i.24xlarge ml.r7i.48xlarge ' +
  'ml.p6e-gb200.36xlarge ml.p5.4xlarge ml.p6-b300.48xlarge ml.g7e.2xlarge ml.g7e.4xlarge ' +
  'ml.g7e.8xlarge ml.g7e.12xlarge ml.g7e.24xlarge ml.g7e.48xlarge ml.g7.2xlarge ml.g7.4xlarge ' +
  'ml.g7.8xlarge ml.g7.12xlarge ml.g7.24xlarge ml.g7.48xlarge'
).split(' ')

/**
 * Every shape that the requests and answers of the simulated operations of SageMaker reach, as its published model has them: boto/botocore,
 * `botocore/data/sagemaker/2017-07-24/service-2.json`, August 2026 (Apache-2.0). What one shape cannot say by itself is in the rules beside it.
 */
export const SAGEMAKER_LIMITS: Limits = {
  AcceptEula: { type: 'boolean' },
  AddTagsInput: {
    type: 'structure',
    required: ['ResourceArn', 'Tags'],
    members: { ResourceArn: 'ResourceArn', Tags: 'TagList' },
  },
  AddTagsOutput: { type: 'structure', members: { Tags: 'TagList' } },
  AlgorithmImage: { type: 'string', min: 0, max: 255, pattern: '.*' },
  AlgorithmSpecification: {
    type: 'structure',
    required: ['TrainingInputMode'],
    members: {
      TrainingImage: 'AlgorithmImage',
      AlgorithmName: 'ArnOrName',
      TrainingInputMode: 'TrainingInputMode',
      MetricDefinitions: 'MetricDefinitionList',
      EnableSageMakerMetricsTimeSeries: 'Boolean',
      ContainerEntrypoint: 'TrainingContainerEntrypoint',
      ContainerArguments: 'TrainingContainerArguments',
      TrainingImageConfig: 'TrainingImageConfig',
    },
  },
  ArnOrName: {
    type: 'string',
    min: 1,
    max: 170,
    pattern: String.raw`(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)`,
  },
  AttributeName: { type: 'string', min: 1, max: 256, pattern: '.+' },
  AttributeNames: { type: 'list', of: 'AttributeName', min: 0, max: 16 },
  AutoMLJobArn: {
    type: 'string',
    min: 1,
    max: 256,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:automl-job/.*`,
  },
  BillableTimeInSeconds: { type: 'integer', min: 1 },
  BillableTokenCount: { type: 'long', min: 0 },
  Boolean: { type: 'boolean' },
  Channel: {
    type: 'structure',
    required: ['ChannelName', 'DataSource'],
    members: {
      ChannelName: 'ChannelName',
      DataSource: 'DataSource',
      ContentType: 'ContentType',
      CompressionType: 'CompressionType',
      RecordWrapperType: 'RecordWrapper',
      InputMode: 'TrainingInputMode',
      ShuffleConfig: 'ShuffleConfig',
    },
  },
  ChannelName: { type: 'string', min: 1, max: 64, pattern: String.raw`[A-Za-z0-9\.\-_]+` },
  CheckpointConfig: { type: 'structure', required: ['S3Uri'], members: { S3Uri: 'S3Uri', LocalPath: 'DirectoryPath' } },
  CollectionConfiguration: {
    type: 'structure',
    members: { CollectionName: 'CollectionName', CollectionParameters: 'CollectionParameters' },
  },
  CollectionConfigurations: { type: 'list', of: 'CollectionConfiguration', min: 0, max: 20 },
  CollectionName: { type: 'string', min: 1, max: 256, pattern: '.*' },
  CollectionParameters: { type: 'map', key: 'ConfigKey', value: 'ConfigValue', min: 0, max: 20 },
  CompressionType: { type: 'string', enum: ['None', 'Gzip'] },
  ConfigKey: { type: 'string', min: 1, max: 256, pattern: '.*' },
  ConfigValue: { type: 'string', min: 0, max: 256, pattern: '.*' },
  ContentType: { type: 'string', min: 0, max: 256, pattern: '.*' },
  CreateTrainingJobRequest: {
    type: 'structure',
    required: ['TrainingJobName', 'RoleArn', 'OutputDataConfig'],
    members: {
      TrainingJobName: 'TrainingJobName',
      HyperParameters: 'HyperParameters',
      AlgorithmSpecification: 'AlgorithmSpecification',
      RoleArn: 'RoleArn',
      InputDataConfig: 'InputDataConfig',
      OutputDataConfig: 'OutputDataConfig',
      ResourceConfig: 'ResourceConfig',
      VpcConfig: 'VpcConfig',
      StoppingCondition: 'StoppingCondition',
      Tags: 'TagList',
      EnableNetworkIsolation: 'Boolean',
      EnableInterContainerTrafficEncryption: 'Boolean',
      EnableManagedSpotTraining: 'Boolean',
      CheckpointConfig: 'CheckpointConfig',
      DebugHookConfig: 'DebugHookConfig',
      DebugRuleConfigurations: 'DebugRuleConfigurations',
      TensorBoardOutputConfig: 'TensorBoardOutputConfig',
      ExperimentConfig: 'ExperimentConfig',
      ProfilerConfig: 'ProfilerConfig',
      ProfilerRuleConfigurations: 'ProfilerRuleConfigurations',
      Environment: 'TrainingEnvironmentMap',
      RetryStrategy: 'RetryStrategy',
      RemoteDebugConfig: 'RemoteDebugConfig',
      InfraCheckConfig: 'InfraCheckConfig',
      SessionChainingConfig: 'SessionChainingConfig',
      ServerlessJobConfig: 'ServerlessJobConfig',
      MlflowConfig: 'MlflowConfig',
      ModelPackageConfig: 'ModelPackageConfig',
    },
  },
  CreateTrainingJobResponse: {
    type: 'structure',
    required: ['TrainingJobArn'],
    members: { TrainingJobArn: 'TrainingJobArn' },
  },
  CustomizationTechnique: { type: 'string', enum: ['SFT', 'DPO', 'RLVR', 'RLAIF'] },
  DataSource: {
    type: 'structure',
    members: {
      S3DataSource: 'S3DataSource',
      FileSystemDataSource: 'FileSystemDataSource',
      DatasetSource: 'DatasetSource',
    },
  },
  DatasetSource: { type: 'structure', required: ['DatasetArn'], members: { DatasetArn: 'HubDataSetArn' } },
  DebugHookConfig: {
    type: 'structure',
    required: ['S3OutputPath'],
    members: {
      LocalPath: 'DirectoryPath',
      S3OutputPath: 'S3Uri',
      HookParameters: 'HookParameters',
      CollectionConfigurations: 'CollectionConfigurations',
    },
  },
  DebugRuleConfiguration: {
    type: 'structure',
    required: ['RuleConfigurationName', 'RuleEvaluatorImage'],
    members: {
      RuleConfigurationName: 'RuleConfigurationName',
      LocalPath: 'DirectoryPath',
      S3OutputPath: 'S3Uri',
      RuleEvaluatorImage: 'AlgorithmImage',
      InstanceType: 'ProcessingInstanceType',
      VolumeSizeInGB: 'OptionalVolumeSizeInGB',
      RuleParameters: 'RuleParameters',
    },
  },
  DebugRuleConfigurations: { type: 'list', of: 'DebugRuleConfiguration', min: 0, max: 20 },
  DebugRuleEvaluationStatus: {
    type: 'structure',
    members: {
      RuleConfigurationName: 'RuleConfigurationName',
      RuleEvaluationJobArn: 'ProcessingJobArn',
      RuleEvaluationStatus: 'RuleEvaluationStatus',
      StatusDetails: 'StatusDetails',
      LastModifiedTime: 'Timestamp',
    },
  },
  DebugRuleEvaluationStatuses: { type: 'list', of: 'DebugRuleEvaluationStatus', min: 0, max: 20 },
  DeleteTagsInput: {
    type: 'structure',
    required: ['ResourceArn', 'TagKeys'],
    members: { ResourceArn: 'ResourceArn', TagKeys: 'TagKeyList' },
  },
  DeleteTagsOutput: { type: 'structure', members: {} },
  DeleteTrainingJobRequest: {
    type: 'structure',
    required: ['TrainingJobName'],
    members: { TrainingJobName: 'TrainingJobName' },
  },
  DescribeTrainingJobRequest: {
    type: 'structure',
    required: ['TrainingJobName'],
    members: { TrainingJobName: 'TrainingJobName' },
  },
  DescribeTrainingJobResponse: {
    type: 'structure',
    required: [
      'TrainingJobName',
      'TrainingJobArn',
      'ModelArtifacts',
      'TrainingJobStatus',
      'SecondaryStatus',
      'StoppingCondition',
      'CreationTime',
    ],
    members: {
      TrainingJobName: 'TrainingJobName',
      TrainingJobArn: 'TrainingJobArn',
      TuningJobArn: 'HyperParameterTuningJobArn',
      LabelingJobArn: 'LabelingJobArn',
      AutoMLJobArn: 'AutoMLJobArn',
      ModelArtifacts: 'ModelArtifacts',
      TrainingJobStatus: 'TrainingJobStatus',
      SecondaryStatus: 'SecondaryStatus',
      FailureReason: 'FailureReason',
      HyperParameters: 'HyperParameters',
      AlgorithmSpecification: 'AlgorithmSpecification',
      RoleArn: 'RoleArn',
      InputDataConfig: 'InputDataConfig',
      OutputDataConfig: 'OutputDataConfig',
      ResourceConfig: 'ResourceConfig',
      WarmPoolStatus: 'WarmPoolStatus',
      VpcConfig: 'VpcConfig',
      StoppingCondition: 'StoppingCondition',
      CreationTime: 'Timestamp',
      TrainingStartTime: 'Timestamp',
      TrainingEndTime: 'Timestamp',
      LastModifiedTime: 'Timestamp',
      SecondaryStatusTransitions: 'SecondaryStatusTransitions',
      FinalMetricDataList: 'FinalMetricDataList',
      EnableNetworkIsolation: 'Boolean',
      EnableInterContainerTrafficEncryption: 'Boolean',
      EnableManagedSpotTraining: 'Boolean',
      CheckpointConfig: 'CheckpointConfig',
      TrainingTimeInSeconds: 'TrainingTimeInSeconds',
      BillableTimeInSeconds: 'BillableTimeInSeconds',
      BillableTokenCount: 'BillableTokenCount',
      DebugHookConfig: 'DebugHookConfig',
      ExperimentConfig: 'ExperimentConfig',
      DebugRuleConfigurations: 'DebugRuleConfigurations',
      TensorBoardOutputConfig: 'TensorBoardOutputConfig',
      DebugRuleEvaluationStatuses: 'DebugRuleEvaluationStatuses',
      ProfilerConfig: 'ProfilerConfig',
      ProfilerRuleConfigurations: 'ProfilerRuleConfigurations',
      ProfilerRuleEvaluationStatuses: 'ProfilerRuleEvaluationStatuses',
      ProfilingStatus: 'ProfilingStatus',
      Environment: 'TrainingEnvironmentMap',
      RetryStrategy: 'RetryStrategy',
      RemoteDebugConfig: 'RemoteDebugConfig',
      InfraCheckConfig: 'InfraCheckConfig',
      ServerlessJobConfig: 'ServerlessJobConfig',
      MlflowConfig: 'MlflowConfig',
      ModelPackageConfig: 'ModelPackageConfig',
      MlflowDetails: 'MlflowDetails',
      ProgressInfo: 'TrainingProgressInfo',
      OutputModelPackageArn: 'ModelPackageArn',
    },
  },
  DirectoryPath: { type: 'string', min: 0, max: 4096, pattern: '.*' },
  DisableProfiler: { type: 'boolean' },
  EnableInfraCheck: { type: 'boolean' },
  EnableRemoteDebug: { type: 'boolean' },
  EnableSessionTagChaining: { type: 'boolean' },
  EvaluationType: { type: 'string', enum: ['LLMAJEvaluation', 'CustomScorerEvaluation', 'BenchmarkEvaluation'] },
  EvaluatorArn: { type: 'string', pattern: '.*' },
  ExperimentConfig: {
    type: 'structure',
    members: {
      ExperimentName: 'ExperimentEntityName',
      TrialName: 'ExperimentEntityName',
      TrialComponentDisplayName: 'ExperimentEntityName',
      RunName: 'ExperimentEntityName',
    },
  },
  ExperimentEntityName: { type: 'string', min: 1, max: 120, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}' },
  FailureReason: { type: 'string', min: 0, max: 1024 },
  FileSystemAccessMode: { type: 'string', enum: ['rw', 'ro'] },
  FileSystemDataSource: {
    type: 'structure',
    required: ['FileSystemId', 'FileSystemAccessMode', 'FileSystemType', 'DirectoryPath'],
    members: {
      FileSystemId: 'FileSystemId',
      FileSystemAccessMode: 'FileSystemAccessMode',
      FileSystemType: 'FileSystemType',
      DirectoryPath: 'DirectoryPath',
    },
  },
  FileSystemId: { type: 'string', min: 11, max: 21, pattern: '(fs-[0-9a-f]{8,})' },
  FileSystemType: { type: 'string', enum: ['EFS', 'FSxLustre'] },
  FinalMetricDataList: { type: 'list', of: 'MetricData', min: 0, max: 40 },
  Float: { type: 'float' },
  HookParameters: { type: 'map', key: 'ConfigKey', value: 'ConfigValue', min: 0, max: 20 },
  HubAccessConfig: { type: 'structure', required: ['HubContentArn'], members: { HubContentArn: 'HubContentArn' } },
  HubContentArn: { type: 'string', min: 0, max: 255, pattern: '.*' },
  HubDataSetArn: {
    type: 'string',
    min: 0,
    max: 2048,
    pattern: String.raw`(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/DataSet\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?`,
  },
  HyperParameterKey: { type: 'string', min: 0, max: 256, pattern: '.*' },
  HyperParameterTuningJobArn: {
    type: 'string',
    min: 0,
    max: 256,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:hyper-parameter-tuning-job/.*`,
  },
  HyperParameterValue: { type: 'string', min: 0, max: 2500, pattern: '.*' },
  HyperParameters: { type: 'map', key: 'HyperParameterKey', value: 'HyperParameterValue', min: 0, max: 100 },
  InfraCheckConfig: { type: 'structure', members: { EnableInfraCheck: 'EnableInfraCheck' } },
  InputDataConfig: { type: 'list', of: 'Channel', min: 1, max: 20 },
  InstanceGroup: {
    type: 'structure',
    required: ['InstanceType', 'InstanceCount', 'InstanceGroupName'],
    members: {
      InstanceType: 'TrainingInstanceType',
      InstanceCount: 'TrainingInstanceCount',
      InstanceGroupName: 'InstanceGroupName',
    },
  },
  InstanceGroupName: { type: 'string', min: 1, max: 64, pattern: '.+' },
  InstanceGroupNames: { type: 'list', of: 'InstanceGroupName', min: 0, max: 5 },
  InstanceGroups: { type: 'list', of: 'InstanceGroup', min: 0, max: 5 },
  InstancePlacementConfig: {
    type: 'structure',
    members: { EnableMultipleJobs: 'Boolean', PlacementSpecifications: 'PlacementSpecifications' },
  },
  KeepAlivePeriodInSeconds: { type: 'integer', min: 0, max: 21600 },
  KmsKeyId: { type: 'string', min: 0, max: 2048, pattern: '[a-zA-Z0-9:/_-]*' },
  LabelingJobArn: {
    type: 'string',
    min: 0,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:labeling-job/.*`,
  },
  ListTagsInput: {
    type: 'structure',
    required: ['ResourceArn'],
    members: { ResourceArn: 'ResourceArn', NextToken: 'NextToken', MaxResults: 'ListTagsMaxResults' },
  },
  ListTagsMaxResults: { type: 'integer', min: 50 },
  ListTagsOutput: { type: 'structure', members: { Tags: 'TagList', NextToken: 'NextToken' } },
  ListTrainingJobsRequest: {
    type: 'structure',
    members: {
      NextToken: 'NextToken',
      MaxResults: 'MaxResults',
      CreationTimeAfter: 'Timestamp',
      CreationTimeBefore: 'Timestamp',
      LastModifiedTimeAfter: 'Timestamp',
      LastModifiedTimeBefore: 'Timestamp',
      NameContains: 'NameContains',
      StatusEquals: 'TrainingJobStatus',
      SortBy: 'SortBy',
      SortOrder: 'SortOrder',
      WarmPoolStatusEquals: 'WarmPoolResourceStatus',
      TrainingPlanArnEquals: 'TrainingPlanArn',
    },
  },
  ListTrainingJobsResponse: {
    type: 'structure',
    required: ['TrainingJobSummaries'],
    members: { TrainingJobSummaries: 'TrainingJobSummaries', NextToken: 'NextToken' },
  },
  MaxPendingTimeInSeconds: { type: 'integer', min: 7200, max: 2419200 },
  MaxResults: { type: 'integer', min: 1, max: 100 },
  MaxRuntimeInSeconds: { type: 'integer', min: 1 },
  MaxWaitTimeInSeconds: { type: 'integer', min: 1 },
  MaximumRetryAttempts: { type: 'integer', min: 1, max: 30 },
  MetricData: { type: 'structure', members: { MetricName: 'MetricName', Value: 'Float', Timestamp: 'Timestamp' } },
  MetricDefinition: {
    type: 'structure',
    required: ['Name', 'Regex'],
    members: { Name: 'MetricName', Regex: 'MetricRegex' },
  },
  MetricDefinitionList: { type: 'list', of: 'MetricDefinition', min: 0, max: 40 },
  MetricName: { type: 'string', min: 1, max: 255, pattern: '.+' },
  MetricRegex: { type: 'string', min: 1, max: 500, pattern: '.+' },
  MlFlowResourceArn: {
    type: 'string',
    min: 0,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:mlflow-[a-zA-Z-]*/.*`,
  },
  MlflowConfig: {
    type: 'structure',
    required: ['MlflowResourceArn'],
    members: {
      MlflowResourceArn: 'MlFlowResourceArn',
      MlflowExperimentName: 'MlflowExperimentName',
      MlflowRunName: 'MlflowRunName',
    },
  },
  MlflowDetails: {
    type: 'structure',
    members: { MlflowExperimentId: 'MlflowExperimentId', MlflowRunId: 'MlflowRunId' },
  },
  MlflowExperimentId: { type: 'string', min: 1, max: 256, pattern: '.*' },
  MlflowExperimentName: { type: 'string', min: 1, max: 256, pattern: '.*' },
  MlflowRunId: { type: 'string', min: 1, max: 256, pattern: '.*' },
  MlflowRunName: { type: 'string', min: 1, max: 256, pattern: '.*' },
  ModelAccessConfig: { type: 'structure', required: ['AcceptEula'], members: { AcceptEula: 'AcceptEula' } },
  ModelArtifacts: { type: 'structure', required: ['S3ModelArtifacts'], members: { S3ModelArtifacts: 'S3Uri' } },
  ModelPackageArn: {
    type: 'string',
    min: 1,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}`,
  },
  ModelPackageConfig: {
    type: 'structure',
    required: ['ModelPackageGroupArn'],
    members: { ModelPackageGroupArn: 'ModelPackageGroupArn', SourceModelPackageArn: 'ModelPackageArn' },
  },
  ModelPackageGroupArn: {
    type: 'string',
    min: 1,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package-group/[\S]{1,2048}`,
  },
  NameContains: { type: 'string', min: 0, max: 63, pattern: String.raw`[a-zA-Z0-9\-]+` },
  NextToken: { type: 'string', min: 0, max: 8192, pattern: '.*' },
  OptionalVolumeSizeInGB: { type: 'integer', min: 0 },
  OutputCompressionType: { type: 'string', enum: ['GZIP', 'NONE'] },
  OutputDataConfig: {
    type: 'structure',
    required: ['S3OutputPath'],
    members: { KmsKeyId: 'KmsKeyId', S3OutputPath: 'S3Uri', CompressionType: 'OutputCompressionType' },
  },
  Peft: { type: 'string', enum: ['LORA'] },
  PlacementSpecification: {
    type: 'structure',
    required: ['InstanceCount'],
    members: { UltraServerId: 'String256', InstanceCount: 'TrainingInstanceCount' },
  },
  PlacementSpecifications: { type: 'list', of: 'PlacementSpecification', min: 0, max: 10 },
  ProcessingInstanceType: { type: 'string', enum: PROCESSING_INSTANCE_TYPES },
  ProcessingJobArn: {
    type: 'string',
    min: 0,
    max: 256,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:processing-job/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`,
  },
  ProfilerConfig: {
    type: 'structure',
    members: {
      S3OutputPath: 'S3Uri',
      ProfilingIntervalInMilliseconds: 'ProfilingIntervalInMilliseconds',
      ProfilingParameters: 'ProfilingParameters',
      DisableProfiler: 'DisableProfiler',
    },
  },
  ProfilerConfigForUpdate: {
    type: 'structure',
    members: {
      S3OutputPath: 'S3Uri',
      ProfilingIntervalInMilliseconds: 'ProfilingIntervalInMilliseconds',
      ProfilingParameters: 'ProfilingParameters',
      DisableProfiler: 'DisableProfiler',
    },
  },
  ProfilerRuleConfiguration: {
    type: 'structure',
    required: ['RuleConfigurationName', 'RuleEvaluatorImage'],
    members: {
      RuleConfigurationName: 'RuleConfigurationName',
      LocalPath: 'DirectoryPath',
      S3OutputPath: 'S3Uri',
      RuleEvaluatorImage: 'AlgorithmImage',
      InstanceType: 'ProcessingInstanceType',
      VolumeSizeInGB: 'OptionalVolumeSizeInGB',
      RuleParameters: 'RuleParameters',
    },
  },
  ProfilerRuleConfigurations: { type: 'list', of: 'ProfilerRuleConfiguration', min: 0, max: 20 },
  ProfilerRuleEvaluationStatus: {
    type: 'structure',
    members: {
      RuleConfigurationName: 'RuleConfigurationName',
      RuleEvaluationJobArn: 'ProcessingJobArn',
      RuleEvaluationStatus: 'RuleEvaluationStatus',
      StatusDetails: 'StatusDetails',
      LastModifiedTime: 'Timestamp',
    },
  },
  ProfilerRuleEvaluationStatuses: { type: 'list', of: 'ProfilerRuleEvaluationStatus', min: 0, max: 20 },
  ProfilingIntervalInMilliseconds: { type: 'long' },
  ProfilingParameters: { type: 'map', key: 'ConfigKey', value: 'ConfigValue', min: 0, max: 20 },
  ProfilingStatus: { type: 'string', enum: ['Enabled', 'Disabled'] },
  RecordWrapper: { type: 'string', enum: ['None', 'RecordIO'] },
  RemoteDebugConfig: { type: 'structure', members: { EnableRemoteDebug: 'EnableRemoteDebug' } },
  RemoteDebugConfigForUpdate: { type: 'structure', members: { EnableRemoteDebug: 'EnableRemoteDebug' } },
  ResourceArn: { type: 'string', min: 0, max: 256, pattern: 'arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+' },
  ResourceConfig: {
    type: 'structure',
    members: {
      InstanceType: 'TrainingInstanceType',
      InstanceCount: 'TrainingInstanceCount',
      VolumeSizeInGB: 'OptionalVolumeSizeInGB',
      VolumeKmsKeyId: 'KmsKeyId',
      KeepAlivePeriodInSeconds: 'KeepAlivePeriodInSeconds',
      InstanceGroups: 'InstanceGroups',
      TrainingPlanArn: 'TrainingPlanArn',
      InstancePlacementConfig: 'InstancePlacementConfig',
    },
  },
  ResourceConfigForUpdate: {
    type: 'structure',
    required: ['KeepAlivePeriodInSeconds'],
    members: { KeepAlivePeriodInSeconds: 'KeepAlivePeriodInSeconds' },
  },
  ResourceInUse: { type: 'structure', members: { Message: 'FailureReason' } },
  ResourceLimitExceeded: { type: 'structure', members: { Message: 'FailureReason' } },
  ResourceNotFound: { type: 'structure', members: { Message: 'FailureReason' } },
  ResourceRetainedBillableTimeInSeconds: { type: 'integer', min: 0 },
  RetryStrategy: {
    type: 'structure',
    required: ['MaximumRetryAttempts'],
    members: { MaximumRetryAttempts: 'MaximumRetryAttempts' },
  },
  RoleArn: {
    type: 'string',
    min: 20,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
  },
  RuleConfigurationName: { type: 'string', min: 1, max: 256, pattern: '.*' },
  RuleEvaluationStatus: {
    type: 'string',
    enum: ['InProgress', 'NoIssuesFound', 'IssuesFound', 'Error', 'Stopping', 'Stopped'],
  },
  RuleParameters: { type: 'map', key: 'ConfigKey', value: 'ConfigValue', min: 0, max: 100 },
  S3DataDistribution: { type: 'string', enum: ['FullyReplicated', 'ShardedByS3Key'] },
  S3DataSource: {
    type: 'structure',
    required: ['S3DataType', 'S3Uri'],
    members: {
      S3DataType: 'S3DataType',
      S3Uri: 'S3Uri',
      S3DataDistributionType: 'S3DataDistribution',
      AttributeNames: 'AttributeNames',
      InstanceGroupNames: 'InstanceGroupNames',
      ModelAccessConfig: 'ModelAccessConfig',
      HubAccessConfig: 'HubAccessConfig',
    },
  },
  S3DataType: { type: 'string', enum: ['ManifestFile', 'S3Prefix', 'AugmentedManifestFile', 'Converse'] },
  S3Uri: { type: 'string', min: 0, max: 1024, pattern: '(https|s3)://([^/]+)/?(.*)' },
  SecondaryStatus: { type: 'string', enum: SECONDARY_STATUSES },
  SecondaryStatusTransition: {
    type: 'structure',
    required: ['Status', 'StartTime'],
    members: {
      Status: 'SecondaryStatus',
      StartTime: 'Timestamp',
      EndTime: 'Timestamp',
      StatusMessage: 'StatusMessage',
    },
  },
  SecondaryStatusTransitions: { type: 'list', of: 'SecondaryStatusTransition' },
  SecurityGroupId: { type: 'string', min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' },
  Seed: { type: 'long' },
  SequenceLength: { type: 'string', min: 1, max: 50, pattern: String.raw`\d+K` },
  ServerlessJobBaseModelArn: {
    type: 'string',
    min: 1,
    max: 2048,
    pattern: String.raw`(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/Model\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?`,
  },
  ServerlessJobConfig: {
    type: 'structure',
    required: ['BaseModelArn', 'JobType'],
    members: {
      BaseModelArn: 'ServerlessJobBaseModelArn',
      AcceptEula: 'AcceptEula',
      JobType: 'ServerlessJobType',
      CustomizationTechnique: 'CustomizationTechnique',
      Peft: 'Peft',
      EvaluationType: 'EvaluationType',
      EvaluatorArn: 'EvaluatorArn',
      SequenceLength: 'SequenceLength',
    },
  },
  ServerlessJobType: { type: 'string', enum: ['FineTuning', 'Evaluation'] },
  SessionChainingConfig: { type: 'structure', members: { EnableSessionTagChaining: 'EnableSessionTagChaining' } },
  ShuffleConfig: { type: 'structure', required: ['Seed'], members: { Seed: 'Seed' } },
  SortBy: { type: 'string', enum: ['Name', 'CreationTime', 'Status'] },
  SortOrder: { type: 'string', enum: ['Ascending', 'Descending'] },
  StatusDetails: { type: 'string', min: 0, max: 1024, pattern: '.*' },
  StatusMessage: { type: 'string' },
  StopTrainingJobRequest: {
    type: 'structure',
    required: ['TrainingJobName'],
    members: { TrainingJobName: 'TrainingJobName' },
  },
  StoppingCondition: {
    type: 'structure',
    members: {
      MaxRuntimeInSeconds: 'MaxRuntimeInSeconds',
      MaxWaitTimeInSeconds: 'MaxWaitTimeInSeconds',
      MaxPendingTimeInSeconds: 'MaxPendingTimeInSeconds',
    },
  },
  String256: { type: 'string', min: 0, max: 256 },
  SubnetId: { type: 'string', min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' },
  Subnets: { type: 'list', of: 'SubnetId', min: 1, max: 16 },
  Tag: { type: 'structure', required: ['Key', 'Value'], members: { Key: 'TagKey', Value: 'TagValue' } },
  TagKey: { type: 'string', min: 1, max: 128, pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)` },
  TagKeyList: { type: 'list', of: 'TagKey', min: 1, max: 50 },
  TagList: { type: 'list', of: 'Tag', min: 0, max: 50 },
  TagValue: { type: 'string', min: 0, max: 256, pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)` },
  TensorBoardOutputConfig: {
    type: 'structure',
    required: ['S3OutputPath'],
    members: { LocalPath: 'DirectoryPath', S3OutputPath: 'S3Uri' },
  },
  Timestamp: { type: 'timestamp' },
  TotalStepCountPerEpoch: { type: 'long', min: 0 },
  TrainingContainerArgument: { type: 'string', min: 0, max: 256, pattern: '.*' },
  TrainingContainerArguments: { type: 'list', of: 'TrainingContainerArgument', min: 1, max: 100 },
  TrainingContainerEntrypoint: { type: 'list', of: 'TrainingContainerEntrypointString', min: 1, max: 100 },
  TrainingContainerEntrypointString: { type: 'string', min: 0, max: 256, pattern: '.*' },
  TrainingEnvironmentKey: { type: 'string', min: 0, max: 512, pattern: '[a-zA-Z_][a-zA-Z0-9_]*' },
  TrainingEnvironmentMap: {
    type: 'map',
    key: 'TrainingEnvironmentKey',
    value: 'TrainingEnvironmentValue',
    min: 0,
    max: 100,
  },
  TrainingEnvironmentValue: { type: 'string', min: 0, max: 512, pattern: String.raw`[\S\s]*` },
  TrainingEpochCount: { type: 'long', min: 0 },
  TrainingEpochIndex: { type: 'long', min: 0 },
  TrainingImageConfig: {
    type: 'structure',
    required: ['TrainingRepositoryAccessMode'],
    members: {
      TrainingRepositoryAccessMode: 'TrainingRepositoryAccessMode',
      TrainingRepositoryAuthConfig: 'TrainingRepositoryAuthConfig',
    },
  },
  TrainingInputMode: { type: 'string', enum: ['Pipe', 'File', 'FastFile'] },
  TrainingInstanceCount: { type: 'integer', min: 0 },
  TrainingInstanceType: { type: 'string', enum: TRAINING_INSTANCE_TYPES },
  TrainingJobArn: {
    type: 'string',
    min: 0,
    max: 256,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-job/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`,
  },
  TrainingJobName: { type: 'string', min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' },
  TrainingJobStatus: { type: 'string', enum: ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting'] },
  TrainingJobSummaries: { type: 'list', of: 'TrainingJobSummary' },
  TrainingJobSummary: {
    type: 'structure',
    required: ['TrainingJobName', 'TrainingJobArn', 'CreationTime', 'TrainingJobStatus'],
    members: {
      TrainingJobName: 'TrainingJobName',
      TrainingJobArn: 'TrainingJobArn',
      CreationTime: 'Timestamp',
      TrainingEndTime: 'Timestamp',
      LastModifiedTime: 'Timestamp',
      TrainingJobStatus: 'TrainingJobStatus',
      SecondaryStatus: 'SecondaryStatus',
      WarmPoolStatus: 'WarmPoolStatus',
      TrainingPlanArn: 'TrainingPlanArn',
    },
  },
  TrainingPlanArn: {
    type: 'string',
    min: 50,
    max: 2048,
    pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-plan/.*`,
  },
  TrainingProgressInfo: {
    type: 'structure',
    members: {
      TotalStepCountPerEpoch: 'TotalStepCountPerEpoch',
      CurrentStep: 'TrainingStepIndex',
      CurrentEpoch: 'TrainingEpochIndex',
      MaxEpoch: 'TrainingEpochCount',
    },
  },
  TrainingRepositoryAccessMode: { type: 'string', enum: ['Platform', 'Vpc'] },
  TrainingRepositoryAuthConfig: {
    type: 'structure',
    required: ['TrainingRepositoryCredentialsProviderArn'],
    members: { TrainingRepositoryCredentialsProviderArn: 'TrainingRepositoryCredentialsProviderArn' },
  },
  TrainingRepositoryCredentialsProviderArn: {
    type: 'string',
    min: 1,
    max: 2048,
    pattern: String.raw`arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*`,
  },
  TrainingStepIndex: { type: 'long', min: 0 },
  TrainingTimeInSeconds: { type: 'integer', min: 1 },
  UpdateTrainingJobRequest: {
    type: 'structure',
    required: ['TrainingJobName'],
    members: {
      TrainingJobName: 'TrainingJobName',
      ProfilerConfig: 'ProfilerConfigForUpdate',
      ProfilerRuleConfigurations: 'ProfilerRuleConfigurations',
      ResourceConfig: 'ResourceConfigForUpdate',
      RemoteDebugConfig: 'RemoteDebugConfigForUpdate',
    },
  },
  UpdateTrainingJobResponse: {
    type: 'structure',
    required: ['TrainingJobArn'],
    members: { TrainingJobArn: 'TrainingJobArn' },
  },
  VpcConfig: {
    type: 'structure',
    required: ['SecurityGroupIds', 'Subnets'],
    members: { SecurityGroupIds: 'VpcSecurityGroupIds', Subnets: 'Subnets' },
  },
  VpcSecurityGroupIds: { type: 'list', of: 'SecurityGroupId', min: 1, max: 5 },
  WarmPoolResourceStatus: { type: 'string', enum: ['Available', 'Terminated', 'Reused', 'InUse'] },
  WarmPoolStatus: {
    type: 'structure',
    required: ['Status'],
    members: {
      Status: 'WarmPoolResourceStatus',
      ResourceRetainedBillableTimeInSeconds: 'ResourceRetainedBillableTimeInSeconds',
      ReusedByJob: 'TrainingJobName',
    },
  },
}
