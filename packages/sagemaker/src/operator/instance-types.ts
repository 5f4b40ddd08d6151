/** What one machine of a type has. */
export interface InstanceType {
  /** Hardware threads. */
  readonly cpuCount: number
  /** Of the machine itself: what a step gets is some less. */
  readonly memoryGiB: number
  /** Absent: none. */
  readonly gpuCount?: number
  /** The field's name of one of its accelerators. */
  readonly gpuType?: string
}

/**
 * Types that `resources` are looked for in, from what is most common and costs least. Sources, read in November 2026: processors, memory and
 * numbers of GPUs from aws/sagemaker-hyperpod-cli at 011ca927, src/sagemaker/hyperpod/training/constants.py
 * (INSTANCE_RESOURCES), and aws/sagemaker-python-sdk at a2481266, image_uri_config/instance_gpu_info.json; models of GPUs from
 * AWS's pages of each family. Every name is in the enum TrainingInstanceType; SageMaker has more types, which can be
 * named by a step.
 */
export const INSTANCE_TYPES: Readonly<Record<string, InstanceType>> = {
  'ml.m5.large': { cpuCount: 2, memoryGiB: 8 },
  'ml.m5.xlarge': { cpuCount: 4, memoryGiB: 16 },
  'ml.m5.2xlarge': { cpuCount: 8, memoryGiB: 32 },
  'ml.m5.4xlarge': { cpuCount: 16, memoryGiB: 64 },
  'ml.m5.12xlarge': { cpuCount: 48, memoryGiB: 192 },
  'ml.m5.24xlarge': { cpuCount: 96, memoryGiB: 384 },
  'ml.m7i.large': { cpuCount: 2, memoryGiB: 8 },
  'ml.m7i.xlarge': { cpuCount: 4, memoryGiB: 16 },
  'ml.m7i.2xlarge': { cpuCount: 8, memoryGiB: 32 },
  'ml.m7i.4xlarge': { cpuCount: 16, memoryGiB: 64 },
  'ml.m7i.8xlarge': { cpuCount: 32, memoryGiB: 128 },
  'ml.m7i.12xlarge': { cpuCount: 48, memoryGiB: 192 },
  'ml.m7i.16xlarge': { cpuCount: 64, memoryGiB: 256 },
  'ml.m7i.24xlarge': { cpuCount: 96, memoryGiB: 384 },
  'ml.m7i.48xlarge': { cpuCount: 192, memoryGiB: 768 },
  'ml.c7i.large': { cpuCount: 2, memoryGiB: 4 },
  'ml.c7i.xlarge': { cpuCount: 4, memoryGiB: 8 },
  'ml.c7i.2xlarge': { cpuCount: 8, memoryGiB: 16 },
  'ml.c7i.4xlarge': { cpuCount: 16, memoryGiB: 32 },
  'ml.c7i.8xlarge': { cpuCount: 32, memoryGiB: 64 },
  'ml.c7i.12xlarge': { cpuCount: 48, memoryGiB: 96 },
  'ml.c7i.16xlarge': { cpuCount: 64, memoryGiB: 128 },
  'ml.c7i.24xlarge': { cpuCount: 96, memoryGiB: 192 },
  'ml.c7i.48xlarge': { cpuCount: 192, memoryGiB: 384 },
  'ml.r7i.large': { cpuCount: 2, memoryGiB: 16 },
  'ml.r7i.xlarge': { cpuCount: 4, memoryGiB: 32 },
  'ml.r7i.2xlarge': { cpuCount: 8, memoryGiB: 64 },
  'ml.r7i.4xlarge': { cpuCount: 16, memoryGiB: 128 },
  'ml.r7i.8xlarge': { cpuCount: 32, memoryGiB: 256 },
  'ml.r7i.12xlarge': { cpuCount: 48, memoryGiB: 384 },
  'ml.r7i.16xlarge': { cpuCount: 64, memoryGiB: 512 },
  'ml.r7i.24xlarge': { cpuCount: 96, memoryGiB: 768 },
  'ml.r7i.48xlarge': { cpuCount: 192, memoryGiB: 1536 },
  'ml.g4dn.xlarge': { cpuCount: 4, memoryGiB: 16, gpuCount: 1, gpuType: 'T4' },
  'ml.g4dn.2xlarge': { cpuCount: 8, memoryGiB: 32, gpuCount: 1, gpuType: 'T4' },
  'ml.g4dn.4xlarge': { cpuCount: 16, memoryGiB: 64, gpuCount: 1, gpuType: 'T4' },
  'ml.g4dn.8xlarge': { cpuCount: 32, memoryGiB: 128, gpuCount: 1, gpuType: 'T4' },
  'ml.g4dn.16xlarge': { cpuCount: 64, memoryGiB: 256, gpuCount: 1, gpuType: 'T4' },
  'ml.g4dn.12xlarge': { cpuCount: 48, memoryGiB: 192, gpuCount: 4, gpuType: 'T4' },
  'ml.g5.xlarge': { cpuCount: 4, memoryGiB: 16, gpuCount: 1, gpuType: 'A10G' },
  'ml.g5.2xlarge': { cpuCount: 8, memoryGiB: 32, gpuCount: 1, gpuType: 'A10G' },
  'ml.g5.4xlarge': { cpuCount: 16, memoryGiB: 64, gpuCount: 1, gpuType: 'A10G' },
  'ml.g5.8xlarge': { cpuCount: 32, memoryGiB: 128, gpuCount: 1, gpuType: 'A10G' },
  'ml.g5.16xlarge': { cpuCount: 64, memoryGiB: 256, gpuCount: 1, gpuType: 'A10G' },
  'ml.g5.12xlarge': { cpuCount: 48, memoryGiB: 192, gpuCount: 4, gpuType: 'A10G' },
  'ml.g5.24xlarge': { cpuCount: 96, memoryGiB: 384, gpuCount: 4, gpuType: 'A10G' },
  'ml.g5.48xlarge': { cpuCount: 192, memoryGiB: 768, gpuCount: 8, gpuType: 'A10G' },
  'ml.g6.xlarge': { cpuCount: 4, memoryGiB: 16, gpuCount: 1, gpuType: 'L4' },
  'ml.g6.2xlarge': { cpuCount: 8, memoryGiB: 32, gpuCount: 1, gpuType: 'L4' },
  'ml.g6.4xlarge': { cpuCount: 16, memoryGiB: 64, gpuCount: 1, gpuType: 'L4' },
  'ml.g6.8xlarge': { cpuCount: 32, memoryGiB: 128, gpuCount: 1, gpuType: 'L4' },
  'ml.g6.16xlarge': { cpuCount: 64, memoryGiB: 256, gpuCount: 1, gpuType: 'L4' },
  'ml.g6.12xlarge': { cpuCount: 48, memoryGiB: 192, gpuCount: 4, gpuType: 'L4' },
  'ml.g6.24xlarge': { cpuCount: 96, memoryGiB: 384, gpuCount: 4, gpuType: 'L4' },
  'ml.g6.48xlarge': { cpuCount: 192, memoryGiB: 768, gpuCount: 8, gpuType: 'L4' },
  'ml.g6e.xlarge': { cpuCount: 4, memoryGiB: 32, gpuCount: 1, gpuType: 'L40S' },
  'ml.g6e.2xlarge': { cpuCount: 8, memoryGiB: 64, gpuCount: 1, gpuType: 'L40S' },
  'ml.g6e.4xlarge': { cpuCount: 16, memoryGiB: 128, gpuCount: 1, gpuType: 'L40S' },
  'ml.g6e.8xlarge': { cpuCount: 32, memoryGiB: 256, gpuCount: 1, gpuType: 'L40S' },
  'ml.g6e.16xlarge': { cpuCount: 64, memoryGiB: 512, gpuCount: 1, gpuType: 'L40S' },
  'ml.g6e.12xlarge': { cpuCount: 48, memoryGiB: 384, gpuCount: 4, gpuType: 'L40S' },
  'ml.g6e.24xlarge': { cpuCount: 96, memoryGiB: 768, gpuCount: 4, gpuType: 'L40S' },
  'ml.g6e.48xlarge': { cpuCount: 192, memoryGiB: 1536, gpuCount: 8, gpuType: 'L40S' },
  'ml.g7e.2xlarge': { cpuCount: 8, memoryGiB: 64, gpuCount: 1, gpuType: 'RTX6000' },
  'ml.g7e.4xlarge': { cpuCount: 16, memoryGiB: 128, gpuCount: 1, gpuType: 'RTX6000' },
  'ml.g7e.8xlarge': { cpuCount: 32, memoryGiB: 256, gpuCount: 1, gpuType: 'RTX6000' },
  'ml.g7e.12xlarge': { cpuCount: 48, memoryGiB: 512, gpuCount: 2, gpuType: 'RTX6000' },
  'ml.g7e.24xlarge': { cpuCount: 96, memoryGiB: 1024, gpuCount: 4, gpuType: 'RTX6000' },
  'ml.g7e.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 8, gpuType: 'RTX6000' },
  'ml.p3.2xlarge': { cpuCount: 8, memoryGiB: 61, gpuCount: 1, gpuType: 'V100' },
  'ml.p3.8xlarge': { cpuCount: 32, memoryGiB: 244, gpuCount: 4, gpuType: 'V100' },
  'ml.p3.16xlarge': { cpuCount: 64, memoryGiB: 488, gpuCount: 8, gpuType: 'V100' },
  'ml.p4d.24xlarge': { cpuCount: 96, memoryGiB: 1152, gpuCount: 8, gpuType: 'A100-40' },
  'ml.p4de.24xlarge': { cpuCount: 96, memoryGiB: 1152, gpuCount: 8, gpuType: 'A100-80' },
  'ml.p5.4xlarge': { cpuCount: 16, memoryGiB: 256, gpuCount: 1, gpuType: 'H100' },
  'ml.p5.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 8, gpuType: 'H100' },
  'ml.p5e.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 8, gpuType: 'H200' },
  'ml.p5en.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 8, gpuType: 'H200' },
  'ml.p6-b200.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 8, gpuType: 'B200' },
  'ml.p6-b300.48xlarge': { cpuCount: 192, memoryGiB: 4096, gpuCount: 8, gpuType: 'B300' },
  'ml.p6e-gb200.36xlarge': { cpuCount: 144, memoryGiB: 960, gpuCount: 4, gpuType: 'GB200' },
  'ml.trn1.32xlarge': { cpuCount: 128, memoryGiB: 512, gpuCount: 16, gpuType: 'Trainium' },
  'ml.trn2.48xlarge': { cpuCount: 192, memoryGiB: 2048, gpuCount: 16, gpuType: 'Trainium2' },
}

/**
 * Families whose machines have disks of their own: SageMaker takes neither a size nor a key for those.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html
 */
const WITH_OWN_DISKS: ReadonlySet<string> = new Set([
  'g4dn',
  'g5',
  'g6',
  'g6e',
  'g7',
  'g7e',
  'p3dn',
  'p4d',
  'p4de',
  'p5',
  'p5e',
  'p5en',
  'p6-b200',
  'p6-b300',
  'p6e-gb200',
  'r5d',
  'trn1',
  'trn1n',
  'trn2',
])

/** Families with processors of Arm: images for `linux/arm64`. */
const WITH_ARM: ReadonlySet<string> = new Set(['p6e-gb200'])

/** Whether machines of a type have disks of their own. */
export function hasOwnDisks(type: string): boolean {
  return WITH_OWN_DISKS.has(familyOf(type))
}

/** What images for a type are made for. */
export function platformOf(type: string): 'linux/amd64' | 'linux/arm64' {
  return WITH_ARM.has(familyOf(type)) ? 'linux/arm64' : 'linux/amd64'
}

/** Whether machines of a type have GPUs or AWS's own accelerators: those of the families `p`, `g` and `trn`. */
export function isAccelerated(type: string): boolean {
  return /^(?:p|g|trn)\d/.test(familyOf(type))
}

/** `g5` of `ml.g5.xlarge`. */
function familyOf(type: string): string {
  return type.split('.')[1] ?? ''
}
