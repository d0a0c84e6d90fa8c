/** The types of resources whose policies are checked for public access, as AWS names them. */
import { namesOf } from "../question/layers.js";

/** How a type's policies are read. */
export interface ResourceTypeRow {
  /** A role's trust policy. */
  readonly isTrust: boolean;
  /** S3's access points, whose policies may not lean on `s3:DataAccessPointArn`. */
  readonly isAccessPoint: boolean;
}

const plain: ResourceTypeRow = { isTrust: false, isAccessPoint: false };
const accessPoint: ResourceTypeRow = { isTrust: false, isAccessPoint: true };

/** All of them. */
export const resourceTypes = {
  "AWS::ApiGateway::RestApi": plain,
  "AWS::Backup::BackupVault": plain,
  "AWS::CloudTrail::Dashboard": plain,
  "AWS::CloudTrail::EventDataStore": plain,
  "AWS::CodeArtifact::Domain": plain,
  "AWS::DynamoDB::Stream": plain,
  "AWS::DynamoDB::Table": plain,
  "AWS::EFS::FileSystem": plain,
  "AWS::IAM::AssumeRolePolicyDocument": { isTrust: true, isAccessPoint: false },
  "AWS::KMS::Key": plain,
  "AWS::Kinesis::Stream": plain,
  "AWS::Kinesis::StreamConsumer": plain,
  "AWS::Lambda::Function": plain,
  "AWS::OpenSearchService::Domain": plain,
  "AWS::S3::AccessPoint": accessPoint,
  "AWS::S3::Bucket": plain,
  "AWS::S3::Glacier": plain,
  "AWS::S3Express::AccessPoint": accessPoint,
  "AWS::S3Express::DirectoryBucket": plain,
  "AWS::S3Outposts::AccessPoint": accessPoint,
  "AWS::S3Outposts::Bucket": plain,
  "AWS::S3Tables::Table": plain,
  "AWS::S3Tables::TableBucket": plain,
  "AWS::SNS::Topic": plain,
  "AWS::SQS::Queue": plain,
  "AWS::SecretsManager::Secret": plain,
} as const satisfies Readonly<Record<string, ResourceTypeRow>>;

/** One of them. */
export type ResourceType = keyof typeof resourceTypes;

/** Their names, sorted. */
export const resourceTypeNames: readonly ResourceType[] = namesOf(resourceTypes);

/** Keys that AWS sets where a service calls for somebody: a stranger who calls directly carries none of them. */
export const keysOfStrangers: readonly string[] = [
  "aws:SourceAccount",
  "aws:SourceArn",
  "aws:SourceOrgID",
  "aws:SourceOrgPaths",
  "aws:SourceOwner",
  "aws:CalledVia",
  "aws:CalledViaFirst",
  "aws:CalledViaLast",
];
