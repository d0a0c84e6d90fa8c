// Texts that the matcher knows, as the words that loads of little-endian memory give: a comparison of eight bytes is one instruction, and a
// module without static data has nothing that threads could share by mistake. Above each text it is spelled out, behind each of its words the
// bytes of that word; a text of several words has one for each offset that a name ends with. A test decodes them all.

// Characters.
export const SPACE: u32 = 0x20; // space
export const ASTERISK: u32 = 0x2a; // *
export const PLUS: u32 = 0x2b; // +
export const MINUS: u32 = 0x2d; // -
export const DOT: u32 = 0x2e; // .
export const SLASH: u32 = 0x2f; // /
export const ZERO: u32 = 0x30; // 0
export const COLON: u32 = 0x3a; // :
export const QUESTION_MARK: u32 = 0x3f; // ?
export const CAPITAL_A: u32 = 0x41; // A
export const CAPITAL_P: u32 = 0x50; // P
export const CAPITAL_R: u32 = 0x52; // R
export const CAPITAL_T: u32 = 0x54; // T
export const CAPITAL_Z: u32 = 0x5a; // Z
export const BACKTICK: u32 = 0x60; // `
export const LETTER_A: u32 = 0x61; // a
export const LETTER_E: u32 = 0x65; // e

/** `arn:`: what every ARN begins with */
export const ARN: u32 = 0x3a6e7261; // arn:

/** `iam`: the service of an ARN */
export const IAM: u32 = 0x6d6169; // iam

/** `sts` */
export const STS: u32 = 0x737473; // sts

/** `iam:`: of an action, as those that follow */
export const IAM_PREFIX: u32 = 0x3a6d6169; // iam:

/** `kms:` */
export const KMS_PREFIX: u32 = 0x3a736d6b; // kms:

/** `sts:` */
export const STS_PREFIX: u32 = 0x3a737473; // sts:

/** `s3` */
export const S3: u32 = 0x3373; // s3

/** `key/`: the resource of a KMS key */
export const KEY_PATH: u32 = 0x2f79656b; // key/

/** `root` */
export const ROOT: u32 = 0x746f6f72; // root

/** `user/` */
export const USER_PATH: u64 = 0x2f72657375; // user/

/** `role/` */
export const ROLE_PATH: u64 = 0x2f656c6f72; // role/

/** `aws-service-role/`: the path of service-linked roles */
export const SERVICE_ROLE_PATH: u64 = 0x767265732d737761; // aws-serv
export const SERVICE_ROLE_PATH_8: u64 = 0x656c6f722d656369; // ice-role
export const SERVICE_ROLE_PATH_16: u32 = 0x2f; // /

/** `saml-provider/` */
export const SAML_PROVIDER_PATH: u64 = 0x6f72702d6c6d6173; // saml-pro
export const SAML_PROVIDER_PATH_8: u64 = 0x2f7265646976; // vider/

/** `oidc-provider/` */
export const OIDC_PROVIDER_PATH: u64 = 0x6f72702d6364696f; // oidc-pro
export const OIDC_PROVIDER_PATH_8: u64 = 0x2f7265646976; // vider/

/** `assumed-role/` */
export const ASSUMED_ROLE_PATH: u64 = 0x2d64656d75737361; // assumed-
export const ASSUMED_ROLE_PATH_8: u64 = 0x2f656c6f72; // role/

/** `federated-user/` */
export const FEDERATED_USER_PATH: u64 = 0x6574617265646566; // federate
export const FEDERATED_USER_PATH_8: u64 = 0x2f726573752d64; // d-user/

/** `:iam::`: between partition and account of an IAM ARN */
export const IAM_FIELDS: u64 = 0x3a3a6d61693a; // :iam::

/** `:role/`: between account and name of a role */
export const ROLE_FIELD: u64 = 0x2f656c6f723a; // :role/

/** `.cn` */
export const DOT_CN: u32 = 0x6e632e; // .cn

/** `.amazonaws.com` */
export const DOT_AMAZONAWS_COM: u64 = 0x616e6f7a616d612e; // .amazona
export const DOT_AMAZONAWS_COM_8: u32 = 0x632e7377; // ws.c
export const DOT_AMAZONAWS_COM_12: u32 = 0x6d6f; // om

/** `sts:assumerolewithsaml`: in lower case; its words overlap */
export const ASSUME_ROLE_WITH_SAML: u64 = 0x757373613a737473; // sts:assu
export const ASSUME_ROLE_WITH_SAML_8: u64 = 0x6977656c6f72656d; // merolewi
export const ASSUME_ROLE_WITH_SAML_14: u64 = 0x6c6d617368746977; // withsaml

/** `sts:assumerolewithwebidentity`: likewise */
export const ASSUME_ROLE_WITH_WEB_IDENTITY: u64 = 0x757373613a737473; // sts:assu
export const ASSUME_ROLE_WITH_WEB_IDENTITY_8: u64 = 0x6977656c6f72656d; // merolewi
export const ASSUME_ROLE_WITH_WEB_IDENTITY_16: u64 = 0x6564696265776874; // thwebide
export const ASSUME_ROLE_WITH_WEB_IDENTITY_21: u64 = 0x797469746e656469; // identity

/** `AIDA`: what the unique id of a user begins with (PRN-10) */
export const USER_ID_PREFIX: u32 = 0x41444941; // AIDA

/** `sourceip`: in lower case */
export const SOURCE_IP: u64 = 0x7069656372756f73; // sourceip

/** `aws:resourcetag/`: in lower case */
export const RESOURCE_TAG_KEY: u64 = 0x6f7365723a737761; // aws:reso
export const RESOURCE_TAG_KEY_8: u64 = 0x2f67617465637275; // urcetag/

/** `aws:principaltag/`: in lower case */
export const PRINCIPAL_TAG_KEY: u64 = 0x6e6972703a737761; // aws:prin
export const PRINCIPAL_TAG_KEY_8: u64 = 0x6761746c61706963; // cipaltag
export const PRINCIPAL_TAG_KEY_16: u32 = 0x2f; // /

/** `true` */
export const TRUE: u32 = 0x65757274; // true

/** `false` */
export const FALSE: u64 = 0x65736c6166; // false

/** `anonymous` */
export const ANONYMOUS: u64 = 0x756f6d796e6f6e61; // anonymou
export const ANONYMOUS_8: u32 = 0x73; // s

/** `Account`: a value of `aws:PrincipalType`, as those that follow */
export const TYPE_ACCOUNT: u64 = 0x746e756f636341; // Account

/** `User` */
export const TYPE_USER: u32 = 0x72657355; // User

/** `AssumedRole` */
export const TYPE_ASSUMED_ROLE: u64 = 0x5264656d75737341; // AssumedR
export const TYPE_ASSUMED_ROLE_8: u32 = 0x656c6f; // ole

/** `FederatedUser` */
export const TYPE_FEDERATED_USER: u64 = 0x6574617265646546; // Federate
export const TYPE_FEDERATED_USER_8: u64 = 0x7265735564; // dUser

/** `Service` */
export const TYPE_SERVICE: u64 = 0x65636976726553; // Service

/** `Anonymous` */
export const TYPE_ANONYMOUS: u64 = 0x756f6d796e6f6e41; // Anonymou
export const TYPE_ANONYMOUS_8: u32 = 0x73; // s
