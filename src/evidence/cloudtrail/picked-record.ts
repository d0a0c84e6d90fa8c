/** A record of CloudTrail as far as it is looked at. */

/** A record with all that is looked at, so that all records are of one shape to V8. */
export class PickedRecord {
  readonly [name: string]: unknown;
  additionalEventData: unknown = undefined;
  awsRegion: unknown = undefined;
  errorCode: unknown = undefined;
  errorMessage: unknown = undefined;
  eventCategory: unknown = undefined;
  eventID: unknown = undefined;
  eventName: unknown = undefined;
  eventSource: unknown = undefined;
  eventTime: unknown = undefined;
  eventType: unknown = undefined;
  recipientAccountId: unknown = undefined;
  requestParameters: unknown = undefined;
  resources: unknown = undefined;
  responseElements: unknown = undefined;
  sharedEventID: unknown = undefined;
  sourceIPAddress: unknown = undefined;
  tlsDetails: unknown = undefined;
  userAgent: unknown = undefined;
  userIdentity: unknown = undefined;
  vpcEndpointId: unknown = undefined;

  /** Stores to a name that is written out take a tenth of one to a name that is not. */
  put(name: string, value: unknown): void {
    switch (name) {
      case "awsRegion":
        this.awsRegion = value;
        break;
      case "errorCode":
        this.errorCode = value;
        break;
      case "errorMessage":
        this.errorMessage = value;
        break;
      case "eventCategory":
        this.eventCategory = value;
        break;
      case "eventID":
        this.eventID = value;
        break;
      case "eventName":
        this.eventName = value;
        break;
      case "eventSource":
        this.eventSource = value;
        break;
      case "eventTime":
        this.eventTime = value;
        break;
      case "eventType":
        this.eventType = value;
        break;
      case "recipientAccountId":
        this.recipientAccountId = value;
        break;
      case "requestParameters":
        this.requestParameters = value;
        break;
      case "resources":
        this.resources = value;
        break;
      case "sharedEventID":
        this.sharedEventID = value;
        break;
      case "sourceIPAddress":
        this.sourceIPAddress = value;
        break;
      case "tlsDetails":
        this.tlsDetails = value;
        break;
      case "userAgent":
        this.userAgent = value;
        break;
      case "userIdentity":
        this.userIdentity = value;
        break;
      case "vpcEndpointId":
        this.vpcEndpointId = value;
        break;
    }
  }
}
