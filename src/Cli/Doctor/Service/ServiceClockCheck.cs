namespace EdgeFlora.Cli.Doctor.Service;

internal sealed class ServiceClockCheck(ServiceExamination service) : ServiceCheck(service)
{
    public override string Name => "clock";

    public override string Deed => "compares this machine's clock with the service's";

    public override IReadOnlyList<string> Needs => Way;

    protected override async Task<Finding> AskAsync(CancellationToken stop) =>
        ClockFinding.Of((await Service.Client.ProbeAsync("/healthz", stop)).Date, Service.Clock.GetUtcNow());
}
