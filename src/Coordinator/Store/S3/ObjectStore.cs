using System.Runtime.CompilerServices;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// The objects of one bucket below one prefix. Every call has a time limit, is tried again while S3 is away, and says so (<see cref="Calls"/>).
/// Thread-safe.
/// </summary>
/// <remarks>Methods throw <see cref="ArchiveAwayException"/>, a sentence with what mends it, where the same may work later.</remarks>
internal sealed class ObjectStore : IDisposable
{
    /// <summary>Larger bodies are sent in parts of this size; S3 takes 10,000 parts of 5 MiB or more.</summary>
    private const long UsualPart = 16 << 20;

    private const int MaxParts = 10_000;

    /// <summary>The most that is read of an object that should hold a few lines.</summary>
    private const int MaxText = 4096;

    private static readonly TimeSpan UsualSilence = TimeSpan.FromSeconds(60);

    private readonly HttpClient http;
    private readonly AmazonS3Client client;

    /// <param name="patience">Longest that a call which failed is tried again; null: as the options have it.</param>
    /// <param name="silence">Longest without an answer, or between two pieces of a body that is read; null: 60 s.</param>
    /// <exception cref="CoordinatorOptionsException">The files that the options name cannot be used.</exception>
    public ObjectStore(S3Options options, TimeProvider time, ILogger? log = null, TimeSpan? patience = null, TimeSpan? silence = null)
    {
        Options = options;
        Calls = new ObjectCalls(options, patience ?? options.Timeout, silence ?? UsualSilence, time, log);
        http = S3Connection.Connect(options);
        client = S3Connection.Open(options, http);
    }

    public S3Options Options { get; }

    public ObjectCalls Calls { get; }

    /// <summary>Bytes of one part; a test chooses small ones.</summary>
    internal long PartBytes { get; init; } = UsualPart;

    /// <summary>Writes an object. Nothing of it is there unless this returns; what a failure or a stop leaves is removed by a sweep.</summary>
    public async Task PutAsync(string name, string file, CancellationToken stop)
    {
        await using FileStream body = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (body.Length > PartBytes)
        {
            await PutInPartsAsync(name, body, stop);
            return;
        }

        await PutAsync(name, body, stop);
    }

    /// <summary>Writes a small object.</summary>
    public async Task PutTextAsync(string name, string text, CancellationToken stop)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await PutAsync(name, body, stop);
    }

    /// <summary>Reads all of an object into a stream, at its position; what a failed attempt wrote is taken back.</summary>
    /// <param name="size">Bytes that it must have.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="IOException">It has another size.</exception>
    public async Task ReadAsync(string name, Stream target, long size, CancellationToken stop)
    {
        long start = target.Position;
        long found = await Calls.TryAsync("read objects (s3:GetObject)", name, async attempt =>
        {
            target.SetLength(start);
            target.Position = start;
            using GetObjectResponse got = await client.GetObjectAsync(
                new GetObjectRequest { BucketName = Options.Bucket, Key = Key(name) }, attempt.Token);
            byte[] buffer = new byte[1 << 16];
            while (await got.ResponseStream.ReadAsync(buffer, attempt.Token) is > 0 and var read)
            {
                attempt.Extend();
                await target.WriteAsync(buffer.AsMemory(0, read), attempt.Token);
            }

            return target.Position - start == got.ContentLength
                ? got.ContentLength
                : throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection broke off within the object");
        }, stop);
        if (found != size)
        {
            throw new IOException($"{Options}: the object {Key(name)} has {found} bytes, not {size}.");
        }
    }

    /// <summary>A small object as text; null: it is not there.</summary>
    public async Task<string?> TextAsync(string name, CancellationToken stop)
    {
        try
        {
            return await Calls.TryAsync("read objects (s3:GetObject)", name, async attempt =>
            {
                using GetObjectResponse got = await client.GetObjectAsync(
                    new GetObjectRequest { BucketName = Options.Bucket, Key = Key(name) }, attempt.Token);
                byte[] buffer = new byte[MaxText];
                int read = await got.ResponseStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, attempt.Token);
                return Encoding.UTF8.GetString(buffer, 0, read);
            }, stop);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes an object; one that is not there is no error.</summary>
    public async Task DeleteAsync(string name, CancellationToken stop)
    {
        try
        {
            await Calls.TryAsync("remove objects (s3:DeleteObject)", name, attempt => client.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = Options.Bucket, Key = Key(name) }, attempt.Token), stop);
        }
        catch (FileNotFoundException)
        {
            // It is gone already.
        }
    }

    /// <summary>Names of all objects below the prefix.</summary>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        string? next = null;
        do
        {
            ListObjectsV2Response page = await Calls.TryAsync("list objects (s3:ListBucket)", name: null, attempt => client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = Options.Bucket, Prefix = Options.Prefix, ContinuationToken = next }, attempt.Token), stop);
            foreach (S3Object found in page.S3Objects ?? [])
            {
                yield return found.Key[Options.Prefix.Length..];
            }

            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <summary>Uploads in parts below the prefix that have not come to an end.</summary>
    public async Task<IReadOnlyList<(string Name, string Id)>> UploadsAsync(CancellationToken stop)
    {
        var uploads = new List<(string, string)>();
        var request = new ListMultipartUploadsRequest { BucketName = Options.Bucket, Prefix = Options.Prefix };
        while (true)
        {
            ListMultipartUploadsResponse page = await Calls.TryAsync(
                "list unfinished uploads (s3:ListBucketMultipartUploads)",
                name: null,
                attempt => client.ListMultipartUploadsAsync(request, attempt.Token),
                stop);
            uploads.AddRange((page.MultipartUploads ?? []).Select(upload => (upload.Key[Options.Prefix.Length..], upload.UploadId)));
            if (page.IsTruncated != true)
            {
                return uploads;
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <summary>Begins an upload in parts.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> BeginUploadAsync(string name, CancellationToken stop) => (await Calls.TryAsync(
        "write objects (s3:PutObject)", name, attempt => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = Options.Bucket, Key = Key(name) }, attempt.Token), stop)).UploadId;

    /// <summary>Ends an upload in parts and removes what came of it; one that is not there is no error.</summary>
    public async Task AbortAsync(string name, string id, CancellationToken stop)
    {
        try
        {
            await Calls.TryAsync("take unfinished uploads back (s3:AbortMultipartUpload)", name, attempt => client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = Options.Bucket, Key = Key(name), UploadId = id }, attempt.Token), stop);
        }
        catch (FileNotFoundException)
        {
            // It has come to its end.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        http.Dispose();
    }

    private string Key(string name) => Options.Prefix + name;

    private Task PutAsync(string name, Stream body, CancellationToken stop) => Calls.TryAsync("write objects (s3:PutObject)", name, async attempt =>
    {
        body.Position = 0;
        return await client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = Options.Bucket,
                Key = Key(name),
                InputStream = body,
                AutoCloseStream = false,
                UseChunkEncoding = false,
            },
            attempt.Token);
    }, stop);

    private async Task PutInPartsAsync(string name, FileStream body, CancellationToken stop)
    {
        long size = Math.Max(PartBytes, (body.Length + MaxParts - 1) / MaxParts);
        string id = await BeginUploadAsync(name, stop);
        try
        {
            var parts = new List<PartETag>();
            for (long position = 0; position < body.Length; position += size)
            {
                parts.Add(await PutPartAsync(name, id, parts.Count + 1, body, position, Math.Min(size, body.Length - position), stop));
            }

            await CompleteAsync(name, id, parts, body.Length, stop);
        }
        catch when (!stop.IsCancellationRequested)
        {
            await GiveUpAsync(name, id);
            throw;
        }
    }

    private Task<PartETag> PutPartAsync(string name, string id, int number, FileStream body, long position, long length, CancellationToken stop) =>
        Calls.TryAsync("write objects (s3:PutObject)", name, async attempt =>
        {
            body.Position = position;
            UploadPartResponse put = await client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = Options.Bucket,
                    Key = Key(name),
                    UploadId = id,
                    PartNumber = number,
                    InputStream = body,
                    PartSize = length,
                    UseChunkEncoding = false,
                },
                attempt.Token);
            return new PartETag(number, put.ETag);
        }, stop);

    /// <summary>An end whose answer was lost is no failure: the object is there, and its upload is not.</summary>
    private async Task CompleteAsync(string name, string id, List<PartETag> parts, long size, CancellationToken stop)
    {
        try
        {
            await Calls.TryAsync("write objects (s3:PutObject)", name, attempt => client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = Options.Bucket, Key = Key(name), UploadId = id, PartETags = parts },
                attempt.Token), stop);
        }
        catch (FileNotFoundException)
        {
            GetObjectMetadataResponse there = await Calls.TryAsync("read objects (s3:GetObject)", name, attempt => client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = Options.Bucket, Key = Key(name) }, attempt.Token), stop);
            if (there.ContentLength != size)
            {
                throw new ArchiveAwayException($"{Options}: the object {Key(name)} has {there.ContentLength} bytes, not {size}.");
            }
        }
    }

    /// <summary>One attempt: where it fails the next sweep takes the upload back.</summary>
    private async Task GiveUpAsync(string name, string id)
    {
        try
        {
            using CancellationTokenSource limit = Calls.Limit();
            await client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = Options.Bucket, Key = Key(name), UploadId = id }, limit.Token);
        }
        catch (Exception failure) when (ObjectCalls.IsOfCall(failure))
        {
        }
    }
}
