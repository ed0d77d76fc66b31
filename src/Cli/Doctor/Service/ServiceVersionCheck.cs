using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

internal sealed class ServiceVersionCheck(ServiceExamination service) : ServiceCheck(service)
{
    public override string Name => "versions";

    public override string Deed => "compares the versions of this program and the service";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        ServiceStatus status = await Service.Client.GetAsync<ServiceStatus>("/api/v1/status", stop);
        return status.Version == ProgramVersion.Text
            ? Finding.Ok($"both are {ProgramVersion.Text}")
            : Finding.Warning(
                $"this program is {ProgramVersion.Text}, the service {status.Version ?? "older than those that tell"}",
                "operate with a program of the service's version");
    }
}
