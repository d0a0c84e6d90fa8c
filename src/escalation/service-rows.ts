/**
 * Ways through services that act as a role: a new resource that the role is passed to, or one that is there and runs as it. The role has to
 * trust the service; what is passed carries `iam:PassedToService`.
 */
import type { Row, RowStep } from "./row.js";

/** `service:Action`, or `service:Action#type` for one of several resources that all have to be allowed. */
function stepOf(text: string): RowStep {
  const [action = "", type] = text.split("#");
  return { action, on: "any", ...(type === undefined ? {} : { type }) };
}

type Way = readonly [id: string, service: string, does: string, steps: string];

function rowOf([id, service, does, steps]: Way): Row {
  return { id, does, targets: "role", service: `${service}.amazonaws.com`, steps: steps.split(" ").map(stepOf) };
}

const run = "ec2:RunInstances#instance ec2:RunInstances#image ec2:RunInstances#subnet";
const createWork = "batch:CreateComputeEnvironment batch:CreateJobQueue batch:RegisterJobDefinition batch:SubmitJob";

/** With `iam:PassRole`. */
export const passingRows: readonly Row[] = (
  [
    ["amplify-create-app", "amplify", "builds an app", "amplify:CreateApp amplify:CreateBranch amplify:StartJob"],
    ["apprunner-create-service", "tasks.apprunner", "runs a service", "apprunner:CreateService"],
    [
      "autoscaling-create-group",
      "ec2",
      "starts instances",
      "autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup",
    ],
    [
      "autoscaling-update-group",
      "ec2",
      "starts instances",
      "autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup",
    ],
    ["batch-submit-job", "ecs-tasks", "runs a job", "batch:RegisterJobDefinition batch:SubmitJob"],
    ["batch-create-compute-environment", "ecs-tasks", "runs a job", createWork],
    [
      "bedrock-agentcore-create-code-interpreter",
      "bedrock-agentcore",
      "runs code",
      "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession " +
        "bedrock-agentcore:InvokeCodeInterpreter",
    ],
    [
      "bedrock-agentcore-create-agent-runtime",
      "bedrock-agentcore",
      "runs an agent",
      "bedrock-agentcore:CreateAgentRuntime",
    ],
    ["bedrock-agentcore-create-browser", "bedrock-agentcore", "runs a browser", "bedrock-agentcore:CreateBrowser"],
    ["braket-create-job", "braket", "runs a job", "braket:CreateJob"],
    ["cloudformation-create-stack", "cloudformation", "creates a stack", "cloudformation:CreateStack"],
    [
      "cloudformation-create-stack-set",
      "cloudformation",
      "creates stacks",
      "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
    ],
    ["cloudformation-update-stack-set", "cloudformation", "updates stacks", "cloudformation:UpdateStackSet"],
    ["codebuild-start-build", "codebuild", "runs a build", "codebuild:CreateProject codebuild:StartBuild"],
    ["codebuild-start-build-batch", "codebuild", "runs a build", "codebuild:CreateProject codebuild:StartBuildBatch"],
    ["codepipeline-create-pipeline", "codepipeline", "runs a pipeline", "codepipeline:CreatePipeline"],
    ["codepipeline-update-pipeline", "codepipeline", "runs a pipeline", "codepipeline:UpdatePipeline"],
    ["codestar-create-project", "codestar", "creates a project", "codestar:CreateProject"],
    [
      "cognito-identity-set-identity-pool-roles",
      "cognito-identity",
      "gives the role to users of a pool",
      "cognito-identity:SetIdentityPoolRoles",
    ],
    [
      "datapipeline-activate-pipeline",
      "datapipeline",
      "runs a pipeline",
      "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
    ],
    ["ec2-run-instances", "ec2", "starts an instance", run],
    ["ec2-request-spot-instances", "ec2", "starts an instance", "ec2:RequestSpotInstances"],
    ["ec2-associate-iam-instance-profile", "ec2", "gives the role to an instance", "ec2:AssociateIamInstanceProfile"],
    [
      "ec2-replace-iam-instance-profile-association",
      "ec2",
      "gives the role to an instance",
      "ec2:ReplaceIamInstanceProfileAssociation",
    ],
    [
      "iam-add-role-to-instance-profile",
      "ec2",
      "puts the role into an instance profile of an instance that it reaches",
      "iam:AddRoleToInstanceProfile",
    ],
    ["ecs-run-task", "ecs-tasks", "runs a task", "ecs:RegisterTaskDefinition ecs:RunTask"],
    ["ecs-start-task", "ecs-tasks", "runs a task", "ecs:RegisterTaskDefinition ecs:StartTask"],
    ["ecs-create-service", "ecs-tasks", "runs a service", "ecs:RegisterTaskDefinition ecs:CreateService"],
    [
      "ecs-create-cluster-and-run-task",
      "ecs-tasks",
      "runs a task",
      "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask",
    ],
    [
      "ecs-create-cluster-and-create-service",
      "ecs-tasks",
      "runs a service",
      "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService",
    ],
    ["ecs-run-task-override", "ecs-tasks", "runs a task with another role", "ecs:RunTask"],
    [
      "ecs-register-container-instance",
      "ecs-tasks",
      "runs a task on a machine of its own",
      "ecs:StartTask ecs:RegisterContainerInstance",
    ],
    ["eks-create-pod-identity-association", "pods.eks", "gives the role to a pod", "eks:CreatePodIdentityAssociation"],
    ["elasticmapreduce-run-job-flow", "ec2", "runs a cluster", "elasticmapreduce:RunJobFlow"],
    [
      "emr-serverless-start-job-run",
      "emr-serverless",
      "runs a job",
      "emr-serverless:CreateApplication emr-serverless:StartJobRun",
    ],
    ["events-put-targets", "events", "runs targets of a rule", "events:PutTargets"],
    ["gamelift-create-fleet", "gamelift", "runs a fleet", "gamelift:CreateFleet"],
    ["glue-create-dev-endpoint", "glue", "opens an endpoint for code", "glue:CreateDevEndpoint"],
    ["glue-create-job-and-start", "glue", "runs a job", "glue:CreateJob glue:StartJobRun"],
    ["glue-create-job-and-trigger", "glue", "runs a job", "glue:CreateJob glue:CreateTrigger"],
    ["glue-update-job-and-start", "glue", "runs a job", "glue:UpdateJob glue:StartJobRun"],
    ["glue-update-job-and-trigger", "glue", "runs a job", "glue:UpdateJob glue:CreateTrigger"],
    ["glue-create-session", "glue", "runs statements", "glue:CreateSession glue:RunStatement"],
    [
      "imagebuilder-create-pipeline",
      "ec2",
      "builds an image",
      "imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImagePipeline " +
        "imagebuilder:StartImagePipelineExecution",
    ],
    [
      "kinesisanalytics-create-application",
      "kinesisanalytics",
      "runs an application",
      "kinesisanalytics:CreateApplication kinesisanalytics:StartApplication",
    ],
    ["lambda-create-function-and-invoke", "lambda", "runs a function", "lambda:CreateFunction lambda:InvokeFunction"],
    [
      "lambda-create-function-and-event-source",
      "lambda",
      "runs a function on events",
      "lambda:CreateFunction lambda:CreateEventSourceMapping",
    ],
    [
      "lambda-create-function-and-table",
      "lambda",
      "runs a function on events of a table of its own",
      "lambda:CreateFunction lambda:CreateEventSourceMapping dynamodb:CreateTable dynamodb:PutItem",
    ],
    [
      "lambda-create-function-and-add-permission",
      "lambda",
      "runs a function that others may call",
      "lambda:CreateFunction lambda:AddPermission",
    ],
    ["omics-start-run", "omics", "runs a workflow", "omics:CreateWorkflow omics:StartRun"],
    [
      "rolesanywhere-create-trust-anchor",
      "rolesanywhere",
      "issues certificates for the role",
      "rolesanywhere:CreateTrustAnchor rolesanywhere:CreateProfile",
    ],
    ["sagemaker-create-notebook-instance", "sagemaker", "opens a notebook", "sagemaker:CreateNotebookInstance"],
    ["sagemaker-create-training-job", "sagemaker", "runs a job", "sagemaker:CreateTrainingJob"],
    ["sagemaker-create-processing-job", "sagemaker", "runs a job", "sagemaker:CreateProcessingJob"],
    [
      "sagemaker-create-domain",
      "sagemaker",
      "opens a domain",
      "sagemaker:CreateDomain sagemaker:CreatePresignedDomainUrl",
    ],
    ["scheduler-create-schedule", "scheduler", "runs a schedule", "scheduler:CreateSchedule"],
    ["ssm-start-automation-execution", "ssm", "runs an automation", "ssm:StartAutomationExecution"],
    [
      "states-create-state-machine",
      "states",
      "runs a state machine",
      "states:CreateStateMachine states:StartExecution",
    ],
    [
      "states-update-state-machine",
      "states",
      "runs a state machine",
      "states:UpdateStateMachine states:StartExecution",
    ],
  ] as const satisfies readonly Way[]
).map((way) => ({ ...rowOf(way), does: `passes the role and ${way[2]}`, passes: true }));

/** `holder`: its type where AWS Config has one; `supposes`: what has to be so beside that it holds the role. */
type Existing = readonly [...way: Way, thing: string, holder?: string, supposes?: string];

const codeInterpreter = "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter";
const userData = "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances";
const lifecycle =
  "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance " +
  "sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance";

const managed = "the instance is managed by Systems Manager";

/** Without: something that is there runs as the role. */
export const existingRows: readonly Row[] = (
  [
    [
      "apprunner-update-service",
      "tasks.apprunner",
      "changes a service",
      "apprunner:UpdateService",
      "a service",
      "AWS::AppRunner::Service",
    ],
    [
      "batch-submit-job-alone",
      "ecs-tasks",
      "runs a job",
      "batch:SubmitJob",
      "a job definition",
      "AWS::Batch::JobDefinition",
    ],
    [
      "bedrock-agentcore-invoke-code-interpreter",
      "bedrock-agentcore",
      "runs code",
      codeInterpreter,
      "a code interpreter",
      "AWS::BedrockAgentCore::CodeInterpreterCustom",
    ],
    [
      "bedrock-agentcore-invoke-agent-runtime-command",
      "bedrock-agentcore",
      "runs a command",
      "bedrock-agentcore:InvokeAgentRuntimeCommand",
      "an agent",
      "AWS::BedrockAgentCore::Runtime",
    ],
    [
      "bedrock-agentcore-start-browser-session",
      "bedrock-agentcore",
      "drives a browser",
      "bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
      "a browser",
      "AWS::BedrockAgentCore::BrowserCustom",
    ],
    [
      "cloudformation-update-stack",
      "cloudformation",
      "changes a stack",
      "cloudformation:UpdateStack",
      "a stack",
      "AWS::CloudFormation::Stack",
    ],
    [
      "cloudformation-execute-change-set",
      "cloudformation",
      "changes a stack",
      "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
      "a stack",
      "AWS::CloudFormation::Stack",
    ],
    [
      "codebuild-start-build-alone",
      "codebuild",
      "runs a build of its own",
      "codebuild:StartBuild",
      "a project",
      "AWS::CodeBuild::Project",
    ],
    [
      "codebuild-start-build-batch-alone",
      "codebuild",
      "runs builds of its own",
      "codebuild:StartBuildBatch",
      "a project",
      "AWS::CodeBuild::Project",
    ],
    [
      "codebuild-update-project",
      "codebuild",
      "changes a project",
      "codebuild:UpdateProject",
      "a project",
      "AWS::CodeBuild::Project",
    ],
    [
      "codedeploy-create-deployment",
      "ec2",
      "deploys to an instance",
      "codedeploy:CreateDeployment",
      "an instance",
      "AWS::EC2::Instance",
      "deployments of CodeDeploy reach the instance",
    ],
    [
      "ec2-modify-instance-attribute",
      "ec2",
      "changes what an instance starts with",
      userData,
      "an instance",
      "AWS::EC2::Instance",
    ],
    [
      "ec2-modify-launch-template",
      "ec2",
      "changes what instances start with",
      "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
      "a launch template",
      "AWS::EC2::LaunchTemplate",
      "instances start from the launch template",
    ],
    [
      "ec2-instance-connect-send-ssh-public-key",
      "ec2",
      "signs in to an instance",
      "ec2-instance-connect:SendSSHPublicKey",
      "an instance",
      "AWS::EC2::Instance",
      "the instance can be reached, and takes keys of EC2 Instance Connect",
    ],
    [
      "ecs-execute-command",
      "ecs-tasks",
      "runs a command in a task",
      "ecs:ExecuteCommand",
      "a task",
      "AWS::ECS::TaskDefinition",
      "a task of the definition runs, and lets commands in",
    ],
    ["glue-update-dev-endpoint", "glue", "signs in to an endpoint", "glue:UpdateDevEndpoint", "an endpoint"],
    [
      "lambda-update-function-code",
      "lambda",
      "changes a function's code",
      "lambda:UpdateFunctionCode",
      "a function",
      "AWS::Lambda::Function",
    ],
    [
      "lambda-update-function-configuration",
      "lambda",
      "changes what a function loads",
      "lambda:UpdateFunctionConfiguration",
      "a function",
      "AWS::Lambda::Function",
    ],
    [
      "sagemaker-create-presigned-notebook-instance-url",
      "sagemaker",
      "opens a notebook",
      "sagemaker:CreatePresignedNotebookInstanceUrl",
      "a notebook",
      "AWS::SageMaker::NotebookInstance",
    ],
    [
      "sagemaker-notebook-lifecycle",
      "sagemaker",
      "changes what a notebook starts with",
      lifecycle,
      "a notebook",
      "AWS::SageMaker::NotebookInstance",
    ],
    [
      "ssm-start-session",
      "ec2",
      "opens a session on an instance",
      "ssm:StartSession#instance",
      "an instance",
      "AWS::EC2::Instance",
      managed,
    ],
    [
      "ssm-send-command",
      "ec2",
      "runs a command on an instance",
      "ssm:SendCommand#document ssm:SendCommand#instance",
      "an instance",
      "AWS::EC2::Instance",
      managed,
    ],
  ] as const satisfies readonly Existing[]
).map(([id, service, does, steps, thing, holder, supposes]: Existing) => ({
  ...rowOf([id, service, does, steps]),
  does: `${does} that runs as the role`,
  supposes: `${thing} that runs as the role exists`,
  ...(holder === undefined ? {} : { holder }),
  ...(supposes === undefined ? {} : { supposesOfHolder: supposes }),
}));
