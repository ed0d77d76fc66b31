using EdgeFlora.Cli.Client;

namespace EdgeFlora.Cli.Doctor.Service;

internal sealed class ReadyCheck(ServiceExamination service) : ServiceCheck(service)
{
    public const string CheckName = "service.ready";

    public override string Name => CheckName;

    public override string Deed => "asks /readyz";

    public override IReadOnlyList<string> Needs => Way;

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        ServiceProbe answer = await Service.Client.ProbeAsync("/readyz", stop);
        return answer.Status switch
        {
            200 => Finding.Ok("it takes commands"),
            503 when answer.StandsBy is { } leader => Finding.Warning(
                $"it is a replica that stands by, and hands requests on: {leader}",
                "nothing, as long as another replica leads: that one's answers follow"),
            503 => Finding.Failed(
                "it is not ready: it still starts, or its broker or store is away", "look at the checks below, and into the service's log"),
            var status => Finding.Failed(FormattableString.Invariant($"it answers with status {status}"), "is the URL right? edgeflora context ls"),
        };
    }
}
