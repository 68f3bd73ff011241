import { choice, text } from "../settings/setting.ts";

/** How S3 encrypts outputs; where S3 is and who asks follows the AWS variables and profiles. */
export const s3Settings = {
  s3Sse: choice(["AES256", "aws:kms"], {
    help: "Server-side encryption of outputs in S3",
    defaultText: "the bucket's",
  }),
  s3SseKmsKeyId: text({ help: "Key for --s3-sse aws:kms", placeholder: "ID", defaultText: "the account's" }),
};
