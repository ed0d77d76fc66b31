using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>The broker's certificate: its chain, dates and name.</summary>
internal sealed class CertificateCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.tls";

    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public string Name => CheckName;

    public string Deed => "has the broker show its certificate";

    public IReadOnlyList<string> Needs => [PortCheck.CheckName];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        if (!device.Diagnosis.IsTls)
        {
            return IsLocal
                ? Finding.NotTried("broker.url begins with amqp://, and the broker is this machine")
                : Finding.Warning(
                    "broker.url begins with amqp://: passwords and adapters travel unencrypted",
                    "give the broker a certificate and write amqps:// (docs/operate.md)");
        }

        try
        {
            BrokerCertificate shown = await device.Diagnosis.ShakeHandsAsync(stop);
            string text = FormattableString.Invariant(
                $"{shown.Protocol}, a certificate for {shown.Name} of '{shown.Issuer}', valid until {shown.NotAfter:yyyy-MM-dd}");
            return shown.NotAfter - device.Clock.GetUtcNow().UtcDateTime < Soon
                ? Finding.Warning($"{text}, which is soon", "have the broker's certificate renewed")
                : Finding.Ok(text);
        }
        catch (BrokerUnreachableException refused)
        {
            (string wrong, string? cure) = Sentence.Of(refused);
            return Finding.Failed(wrong, cure ?? "look what listens on this port, and correct broker.url");
        }
    }

    private bool IsLocal => device.Diagnosis.Host is "localhost" || System.Net.IPAddress.TryParse(device.Diagnosis.Host, out System.Net.IPAddress? at)
        && System.Net.IPAddress.IsLoopback(at);
}
