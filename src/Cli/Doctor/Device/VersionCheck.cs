using System.Runtime.InteropServices;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts;

namespace EdgeFlora.Cli.Doctor.Device;

internal sealed class VersionCheck : ICheck
{
    public string Name => "versions";

    public string Deed => "tells the versions of this program and of what it runs on";

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        string ours = FormattableString.Invariant(
            $"edgeflora {ProgramVersion.Text}, contract {ContractVersion.Oldest} to {ContractVersion.Current}");
        string system = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})";
        return Task.FromResult(Finding.Ok($"{ours}, {system}; the service tells its own to operators: edgeflora doctor --service"));
    }
}
