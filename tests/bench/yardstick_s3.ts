import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

const partBytes = 8 * 1024 * 1024;

/** S3 as the SDK's handbook has it, for yardsticks: none of Sluice's code. */
export class YardstickS3 {
  readonly #client = new S3Client({
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });

  async keys(Bucket: string, Prefix: string): Promise<string[]> {
    const { Contents = [] } = await this.#client.send(
      new ListObjectsV2Command({ Bucket, Prefix }),
    );
    return Contents.map(({ Key }) => Key!);
  }

  async read(Bucket: string, Key: string): Promise<ReadableStream<Uint8Array>> {
    const { Body } = await this.#client.send(
      new GetObjectCommand({ Bucket, Key }),
    );
    return Body!.transformToWebStream() as ReadableStream<Uint8Array>;
  }

  /** Writes an object part by part, one after the other. */
  writable(Bucket: string, Key: string): WritableStream<Uint8Array> {
    let part = new Uint8Array(partBytes), filled = 0;
    let UploadId: string | undefined;
    const Parts: { PartNumber: number; ETag?: string }[] = [];
    const send = async () => {
      UploadId ??= (await this.#client.send(
        new CreateMultipartUploadCommand({ Bucket, Key }),
      )).UploadId;
      const PartNumber = Parts.length + 1, Body = part.subarray(0, filled);
      const upload = new UploadPartCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber,
        Body,
      });
      Parts.push({ PartNumber, ETag: (await this.#client.send(upload)).ETag });
      part = new Uint8Array(partBytes);
      filled = 0;
    };
    return new WritableStream({
      write: async (chunk) => {
        for (let at = 0; at < chunk.length;) {
          const taken = chunk.subarray(at, at + partBytes - filled);
          part.set(taken, filled);
          filled += taken.length;
          at += taken.length;
          if (filled === partBytes) await send();
        }
      },
      close: async () => {
        if (UploadId === undefined) {
          await this.#client.send(
            new PutObjectCommand({
              Bucket,
              Key,
              Body: part.subarray(0, filled),
            }),
          );
          return;
        }
        if (filled > 0) await send();
        await this.#client.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key,
            UploadId,
            MultipartUpload: { Parts },
          }),
        );
      },
    });
  }
}
