using System.Net.Sockets;
using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

internal sealed class BucketPortCheck(BucketDiagnosis bucket) : ICheck
{
    public const string CheckName = "bucket.tcp";

    public string Name => CheckName;

    public string Deed => FormattableString.Invariant($"resolves {bucket.Place.Host} and connects to its port {bucket.Place.Port}");

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            return Finding.Ok($"{await bucket.ConnectAsync(stop)} answers");
        }
        catch (SocketException silent)
        {
            return Finding.Unreachable(
                FormattableString.Invariant($"nothing answers at {bucket.Place.Host}:{bucket.Place.Port}: {silent.Message}"),
                "start the S3 server there, open the way to it, or correct s3.endpoint (without one: s3.region)");
        }
    }
}
