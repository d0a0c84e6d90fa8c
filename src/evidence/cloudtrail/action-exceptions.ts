/**
 * Calls whose name in CloudTrail is not the name of the action that AWS authorises, by service. A list: several actions are authorised.
 * Names that only carry a date of their interface (`CreateFunction20150331`) need no row.
 */
type Rows = Readonly<Record<string, readonly string[]>>;

const one = (rows: Readonly<Record<string, string>>): Rows =>
  Object.fromEntries(Object.entries(rows).map(([call, action]) => [call, [action]]));

/** `Get`, `Put` and `Delete` of a setting of buckets; deleting counts as writing. */
function bucketSetting(call: string, action: string): Rows {
  return one({
    [`Get${call}`]: `s3:Get${action}`,
    [`Put${call}`]: `s3:Put${action}`,
    [`Delete${call}`]: `s3:Put${action}`,
  });
}

const s3: Rows = {
  ...one({
    CompleteMultipartUpload: "s3:PutObject",
    CreateMultipartUpload: "s3:PutObject",
    DeleteBucketTagging: "s3:PutBucketTagging",
    DeleteObjects: "s3:DeleteObject",
    GetBucketNotificationConfiguration: "s3:GetBucketNotification",
    GetObjectLockConfiguration: "s3:GetBucketObjectLockConfiguration",
    HeadBucket: "s3:ListBucket",
    HeadObject: "s3:GetObject",
    ListBuckets: "s3:ListAllMyBuckets",
    ListMultipartUploads: "s3:ListBucketMultipartUploads",
    ListObjectVersions: "s3:ListBucketVersions",
    ListObjects: "s3:ListBucket",
    ListObjectsV2: "s3:ListBucket",
    ListParts: "s3:ListMultipartUploadParts",
    PutBucketNotificationConfiguration: "s3:PutBucketNotification",
    PutObjectLockConfiguration: "s3:PutBucketObjectLockConfiguration",
    SelectObjectContent: "s3:GetObject",
    UploadPart: "s3:PutObject",
  }),
  ...bucketSetting("BucketLifecycle", "LifecycleConfiguration"),
  ...bucketSetting("BucketLifecycleConfiguration", "LifecycleConfiguration"),
  ...bucketSetting("BucketReplication", "ReplicationConfiguration"),
  ...bucketSetting("BucketEncryption", "EncryptionConfiguration"),
  ...bucketSetting("BucketAnalyticsConfiguration", "AnalyticsConfiguration"),
  ...bucketSetting("BucketInventoryConfiguration", "InventoryConfiguration"),
  ...bucketSetting("BucketMetricsConfiguration", "MetricsConfiguration"),
  ...bucketSetting("BucketAccelerateConfiguration", "AccelerateConfiguration"),
  ...bucketSetting("BucketCors", "BucketCORS"),
};

const lambda = one({
  GetLayerVersionByArn: "lambda:GetLayerVersion",
  Invoke: "lambda:InvokeFunction",
  InvokeAsync: "lambda:InvokeFunction",
});

const kms: Rows = { ReEncrypt: ["kms:ReEncryptFrom", "kms:ReEncryptTo"] };

const budgets = one({
  CreateBudget: "budgets:ModifyBudget",
  DeleteBudget: "budgets:ModifyBudget",
  DescribeBudget: "budgets:ViewBudget",
  DescribeBudgets: "budgets:ViewBudget",
  UpdateBudget: "budgets:ModifyBudget",
});

/** By prefix, then by the name of the call. An empty list: AWS asks no policy. */
export const actionExceptions: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map(
  Object.entries({
    budgets,
    kms,
    lambda,
    s3,
    sts: { GetCallerIdentity: [], GetSessionToken: [] },
  } satisfies Readonly<Record<string, Rows>>).map(([prefix, rows]) => [prefix, new Map(Object.entries(rows))]),
);

/** Event sources whose prefix is not the name before `.amazonaws.com`. */
export const servicePrefixes: ReadonlyMap<string, string> = new Map([
  ["agreement-marketplace", "aws-marketplace"],
  ["amazonmq", "mq"],
  ["application-insights", "applicationinsights"],
  ["billingconsole", "billing"],
  ["chime-sdk-media-pipelines", "chime"],
  ["chime-sdk-voice", "chime"],
  ["cloudcontrolapi", "cloudformation"],
  ["contact-lens", "connect"],
  ["discovery-marketplace", "aws-marketplace"],
  ["management-marketplace", "aws-marketplace-management"],
  ["marketplacecatalog", "aws-marketplace"],
  ["migrationhub", "mgh"],
  ["monitoring", "cloudwatch"],
  ["opensearchservice", "es"],
  ["participant-connect", "connect"],
  ["pinpoint", "mobiletargeting"],
  ["pricelist", "pricing"],
  ["qconnect", "wisdom"],
  ["rdsdata", "rds-data"],
  ["reporting-marketplace", "aws-marketplace"],
  ["servicecatalog-appregistry", "servicecatalog"],
  ["tagging", "tag"],
  ["taxconsole", "tax"],
  ["transcribestreaming", "transcribe"],
]);
