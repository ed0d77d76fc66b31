using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Api.Tls;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary><c>edgeflora coordinator ready</c>: what keeps a container or a service alive asks it, on the same machine.</summary>
internal sealed class ReadyCommand : Command
{
    private const int Ok = 200;

    private readonly Option<string> state = new("--state")
    {
        Description = "State folder of the service, whose self-made certificate is the one that is trusted; "
            + "without one, those that the machine trusts",
        HelpName = "DIR",
        DefaultValueFactory = _ => "coordinator-state",
    };

    private readonly Option<string> url = new("--url")
    {
        Description = "Where the service answers",
        HelpName = "URL",
        DefaultValueFactory = _ => "https://localhost:8443",
    };

    private readonly Option<bool> orStandby = new("--or-standby")
    {
        Description = "A replica that stands by, for another leads, is as it should be too",
    };

    public ReadyCommand()
        : base("ready", "Say whether a service on this machine serves agents and operators; ends with 4 where it does not.")
    {
        Options.Add(state);
        Options.Add(url);
        Options.Add(orStandby);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var context = new ServiceContext(parsed.GetRequiredValue(url), Token: null, Fingerprint(parsed.GetRequiredValue(state)));
        using var client = new ServiceClient(context.Checked());
        ServiceProbe probe = await client.ProbeAsync("/readyz", stop);
        if (probe.StandsBy is { } leader && parsed.GetValue(orStandby))
        {
            parsed.InvocationConfiguration.Output.WriteLine($"{client.Url} stands by: {leader}");
            return ExitCode.Done;
        }

        if (probe.Status != Ok)
        {
            throw new ServiceUnreachableException($"{client.Url} answers, and is not ready (status {probe.Status})");
        }

        parsed.InvocationConfiguration.Output.WriteLine($"{client.Url} is ready");
        return ExitCode.Done;
    }

    /// <summary>Of the service's self-made certificate; null: it has none.</summary>
    /// <exception cref="InputException">The file holds no certificate.</exception>
    internal static string? Fingerprint(string folder)
    {
        string file = new StoreOptions { StateFolder = folder }.CertificateFile;
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            return ApiCertificate.Fingerprint(certificate);
        }
        catch (CryptographicException damaged)
        {
            throw new InputException($"'{file}' holds no certificate: {damaged.Message}", damaged);
        }
    }
}
