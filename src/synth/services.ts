/** The services that synthesised policies speak of: real action names, ARNs with places that are filled in. */

/** A service: `weight` says how often statements name it; places of the template stand in braces. */
export interface Service {
  readonly name: string;
  readonly weight: number;
  readonly actions: readonly string[];
  readonly template: string;
}

function service(name: string, weight: number, template: string, actions: string): Service {
  return { name, weight, template, actions: actions.split(" ").map((action) => `${name}:${action}`) };
}

/** The services. */
export const services: readonly Service[] = [
  service(
    "s3",
    5,
    "arn:aws:s3:::{app}-{env}/{part}/{id}/file-{number}.json",
    "GetObject GetObjectVersion GetObjectTagging GetObjectRetention GetObjectAttributes PutObject PutObjectTagging PutObjectRetention DeleteObject DeleteObjectVersion RestoreObject AbortMultipartUpload ListMultipartUploadParts",
  ),
  service(
    "ec2",
    3,
    "arn:aws:ec2:{region}:{account}:instance/i-{id}",
    "StartInstances StopInstances RebootInstances TerminateInstances ModifyInstanceAttribute CreateTags DeleteTags AttachVolume DetachVolume GetConsoleOutput",
  ),
  service(
    "dynamodb",
    3,
    "arn:aws:dynamodb:{region}:{account}:table/{app}-{env}-{part}",
    "GetItem BatchGetItem PutItem UpdateItem DeleteItem Query Scan DescribeTable UpdateTable BatchWriteItem",
  ),
  service(
    "sqs",
    2,
    "arn:aws:sqs:{region}:{account}:{app}-{env}-{part}",
    "SendMessage ReceiveMessage DeleteMessage GetQueueAttributes GetQueueUrl PurgeQueue SetQueueAttributes",
  ),
  service(
    "lambda",
    2,
    "arn:aws:lambda:{region}:{account}:function:{app}-{env}-{part}",
    "InvokeFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction PublishVersion",
  ),
  service(
    "sns",
    1,
    "arn:aws:sns:{region}:{account}:{app}-{env}-{part}",
    "Publish Subscribe GetTopicAttributes SetTopicAttributes DeleteTopic",
  ),
  service(
    "secretsmanager",
    1,
    "arn:aws:secretsmanager:{region}:{account}:secret:{env}/{app}/{part}-{id}",
    "GetSecretValue DescribeSecret PutSecretValue UpdateSecret RotateSecret DeleteSecret",
  ),
  service(
    "ecr",
    1,
    "arn:aws:ecr:{region}:{account}:repository/{app}-{env}/{part}",
    "GetDownloadUrlForLayer BatchGetImage BatchCheckLayerAvailability PutImage InitiateLayerUpload UploadLayerPart CompleteLayerUpload DescribeImages BatchDeleteImage",
  ),
  service(
    "logs",
    1,
    "arn:aws:logs:{region}:{account}:log-group:/{env}/{app}/{part}:log-stream:{id}",
    "CreateLogStream PutLogEvents GetLogEvents FilterLogEvents DescribeLogStreams DeleteLogStream",
  ),
  service(
    "ssm",
    1,
    "arn:aws:ssm:{region}:{account}:parameter/{env}/{app}/{part}",
    "GetParameter GetParameters GetParameterHistory PutParameter DeleteParameter",
  ),
];

/** What stands for {region}. */
export const regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"];
/** What stands for {env}. */
export const environments = ["prod", "stage", "dev", "test"];
/** What stands for {part}. */
export const parts = ["in", "out", "raw", "logs", "tmp", "img", "db", "etl"];
/** Values of the tag `team`. */
export const teams = ["core", "data", "ml", "web", "infra", "sec"];
/** What callers say of their programs. */
export const userAgents = [
  "aws-cli/2.15.0 Python/3.11 Linux/6.1",
  "Boto3/1.34 md/Botocore Linux",
  "aws-sdk-go-v2/1.30 os/macos",
  "Terraform/1.9 Mozilla",
];
const apps = ["orders", "billing", "search", "media", "audit", "users", "carts", "mail"];

/** So many application names. */
export function applicationNames(count: number): readonly string[] {
  if (count <= apps.length) return apps.slice(0, count);
  return Array.from({ length: count }, (_, index) => `${apps[index % apps.length]}${Math.floor(index / apps.length)}`);
}
