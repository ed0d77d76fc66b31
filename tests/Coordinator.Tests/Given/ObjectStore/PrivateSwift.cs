using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Tests.Given.ObjectStore;

/// <summary>
/// An S3 server that is not ours: OpenStack Swift with its S3 API, as one process on free ports, in a folder that is thrown away.
/// </summary>
internal sealed class PrivateSwift : IAsyncDisposable
{
    /// <summary>May do everything.</summary>
    public const string AccessKey = "test:service";

    public const string SecretKey = "a-secret-of-the-tests";

    /// <summary>May do nothing.</summary>
    public const string Stranger = "test:stranger";

    public const string StrangersKey = "another-secret";

    /// <summary>That it says its buckets are in.</summary>
    public const string Region = "us-east-1";

    private const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-swift-");
    private readonly ConcurrentQueue<string> words = [];
    private readonly TaskCompletionSource<int> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process server = null!;
    private int buckets;

    private PrivateSwift()
    {
    }

    /// <summary>Why there is none here; null: there is.</summary>
    public static string? Missing => File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/swift/proxy")
        ? null
        : "no OpenStack Swift: install the package python3-swift";

    public int Port { get; private set; }

    /// <summary>Speaks TLS where it is given a certificate and its key, both PEM.</summary>
    public static async Task<PrivateSwift> StartNewAsync((string Certificate, string Key)? pem = null)
    {
        var swift = new PrivateSwift();
        await using (Stream script = typeof(PrivateSwift).Assembly.GetManifestResourceStream("swift-server.py")!)
        await using (FileStream file = File.Create(swift.In("swift-server.py")))
        {
            await script.CopyToAsync(file);
        }

        List<string> arguments = ["-I", "-u", "-W", "ignore", swift.In("swift-server.py"), swift.folder.CreateSubdirectory("state").FullName];
        if (pem is var (certificate, key))
        {
            await File.WriteAllTextAsync(swift.In("server.crt"), certificate);
            await File.WriteAllTextAsync(swift.In("server.key"), key);
            arguments.AddRange([swift.In("server.crt"), swift.In("server.key")]);
        }

        swift.Start(arguments);
        swift.Port = await swift.ready.Task.InTimeAsync(swift.Describe, "Swift serves");
        return swift;
    }

    /// <summary>How a service speaks to a bucket of its own.</summary>
    /// <param name="port">Where it is reached; 0: where it is.</param>
    public async Task<S3Options> NewBucketAsync(int port = 0)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test-{Interlocked.Increment(ref buckets)}");
        S3Options options = OptionsOf(name);
        using AmazonS3Client client = Client(options);
        await client.PutBucketAsync(name, TestContext.Current.CancellationToken);
        return port == 0 ? options : options with { Endpoint = new Uri($"http://127.0.0.1:{port}") };
    }

    public S3Options OptionsOf(string bucket, string accessKey = AccessKey, string secretKey = SecretKey)
    {
        string file = In($"{secretKey}.key");
        lock (words)
        {
            if (!File.Exists(file))
            {
                using FileStream made = Storage.PrivateFolder.Open(file, FileMode.Create, FileAccess.Write);
                made.Write(System.Text.Encoding.UTF8.GetBytes(secretKey));
            }
        }

        return new S3Options
        {
            Endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}")),
            Bucket = bucket,
            Prefix = "edgeflora/",
            Region = Region,
            AccessKey = accessKey,
            SecretKeyFile = file,
        };
    }

    /// <summary>Objects in a bucket, and uploads to it that have not come to an end.</summary>
    public async Task<int> CountAsync(string bucket)
    {
        using AmazonS3Client client = Client(OptionsOf(bucket));
        CancellationToken stop = TestContext.Current.CancellationToken;
        ListObjectsV2Response objects = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }, stop);
        ListMultipartUploadsResponse uploads = await client.ListMultipartUploadsAsync(
            new ListMultipartUploadsRequest { BucketName = bucket }, stop);
        return (objects.S3Objects?.Count ?? 0) + (uploads.MultipartUploads?.Count ?? 0);
    }

    public async ValueTask DisposeAsync()
    {
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        server.Dispose();
        folder.Delete(recursive: true);
    }

    private static AmazonS3Client Client(S3Options options) => new(
        new BasicAWSCredentials(AccessKey, SecretKey),
        new AmazonS3Config { ServiceURL = options.Endpoint!.ToString(), ForcePathStyle = true, AuthenticationRegion = Region });

    private string In(string name) => Path.Combine(folder.FullName, name);

    private string Describe() => $"It said: {string.Join(" | ", words.TakeLast(20))}";

    private void Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        server = new Process { StartInfo = start, EnableRaisingEvents = true };
        server.OutputDataReceived += (_, line) =>
        {
            words.Enqueue(line.Data ?? "");
            if (line.Data?.Split(' ') is ["ready", var port])
            {
                ready.TrySetResult(int.Parse(port, CultureInfo.InvariantCulture));
            }
        };
        server.ErrorDataReceived += (_, line) => words.Enqueue(line.Data ?? "");
        server.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"Swift ended. {Describe()}"));
        server.Start();
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
    }
}
