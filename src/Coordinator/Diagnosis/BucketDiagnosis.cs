using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Diagnosis;

/// <summary>Looks step by step whether a service can keep bodies in a bucket. Leaves nothing there.</summary>
/// <remarks>
/// Methods that speak to S3 throw <see cref="ArchiveAwayException"/>: what is wrong, and behind the last semicolon what mends it.
/// </remarks>
public sealed class BucketDiagnosis : IDisposable
{
    /// <summary>Bytes of a trip.</summary>
    public const int TripBytes = 1 << 20;

    private const int NonceBytes = 8;

    private readonly ObjectStore objects;
    private readonly TimeProvider clock;
    private readonly string name = $"edgeflora-doctor-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes))}";

    /// <exception cref="CoordinatorOptionsException">The files that the options name cannot be used.</exception>
    public BucketDiagnosis(S3Options options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        this.clock = clock;
        objects = new ObjectStore(options, clock, patience: TimeSpan.Zero);
    }

    /// <summary>Where the bucket is.</summary>
    public S3Options Options { get; }

    /// <summary>Host and port that are connected to.</summary>
    public (string Host, int Port) Place => Options.Endpoint is { } endpoint
        ? (endpoint.Host, endpoint.Port)
        : ($"s3.{Options.Region}.amazonaws.com", 443);

    /// <summary>Resolves the server's name and connects to its port.</summary>
    /// <returns>The address that answers.</returns>
    /// <exception cref="SocketException">It has no address, or nothing answers there.</exception>
    public async Task<EndPoint> ConnectAsync(CancellationToken stop)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Place.Host.Trim('[', ']'), Place.Port, stop);
        return socket.RemoteEndPoint!;
    }

    /// <summary>Lists objects: shows whether TLS, clock, credentials, region and bucket are right.</summary>
    public async Task ListAsync(CancellationToken stop)
    {
        await foreach (string _ in objects.ListAsync(stop))
        {
            break;
        }
    }

    /// <summary>Does each thing that a service does, on an object of its own; stops at the first that is refused.</summary>
    public async Task TryRightsAsync(CancellationToken stop)
    {
        string? upload = null;
        try
        {
            await objects.PutTextAsync(name, name, stop);
            if (await objects.TextAsync(name, stop) != name)
            {
                throw new ArchiveAwayException(
                    $"{Options}: what was written did not come back; look whether something stands before it that changes it");
            }

            upload = await objects.BeginUploadAsync(name, stop);
            await objects.UploadsAsync(stop);
            await objects.AbortAsync(name, upload, stop);
        }
        catch
        {
            await CleanUpAsync(upload);
            throw;
        }

        await objects.DeleteAsync(name, stop);
    }

    /// <summary>Writes a body, reads it and removes it.</summary>
    /// <returns>How long the writing and the reading took.</returns>
    public async Task<TimeSpan> RoundTripAsync(CancellationToken stop)
    {
        string file = Path.GetTempFileName();
        try
        {
            byte[] content = RandomNumberGenerator.GetBytes(TripBytes);
            await File.WriteAllBytesAsync(file, content, stop);
            long began = clock.GetTimestamp();
            await objects.PutAsync(name, file, stop);
            using var back = new MemoryStream(TripBytes);
            await objects.ReadAsync(name, back, TripBytes, stop);
            TimeSpan took = clock.GetElapsedTime(began);
            return back.ToArray().AsSpan().SequenceEqual(content)
                ? took
                : throw new ArchiveAwayException($"{Options}: other bytes came back; look whether something stands before it that changes them");
        }
        finally
        {
            File.Delete(file);
            await CleanUpAsync();
        }
    }

    /// <summary>Whose bodies the prefix holds.</summary>
    /// <returns>The service's id, and its database for people; null: nobody's yet.</returns>
    /// <exception cref="StateFolderException">Something else's.</exception>
    public async Task<(Guid Service, string Database)?> OwnerAsync(CancellationToken stop) =>
        await BucketOwner.ReadAsync(objects, stop) is { } owner ? (owner.Service, owner.DatabaseName) : null;

    public void Dispose() => objects.Dispose();

    /// <summary>What keeps the object or the unfinished upload from being removed is not what is told.</summary>
    private async Task CleanUpAsync(string? upload = null)
    {
        await TryAsync(objects.DeleteAsync(name, CancellationToken.None));
        await TryAsync(upload is null ? Task.CompletedTask : objects.AbortAsync(name, upload, CancellationToken.None));
    }

    private static async Task TryAsync(Task removing)
    {
        try
        {
            await removing;
        }
        catch (ArchiveAwayException)
        {
        }
    }
}
