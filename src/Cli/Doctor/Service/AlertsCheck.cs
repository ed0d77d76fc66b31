using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>What the service itself thinks that an operator should know of.</summary>
internal sealed class AlertsCheck(ServiceExamination service) : ServiceCheck(service)
{
    public override string Name => "service.alerts";

    public override string Deed => "asks for the service's alerts";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        IReadOnlyList<ServiceAlert> alerts = await Service.Client.GetAsync<IReadOnlyList<ServiceAlert>>("/api/v1/alerts", stop);
        if (alerts.Count == 0)
        {
            return Finding.Ok("there are none");
        }

        // The most urgent comes first.
        string text = string.Join("; ", alerts.Select(alert => alert.Sentence.TrimEnd('.')));
        return alerts[0].Severity switch
        {
            AlertSeverity.Critical => Finding.Failed(text, alerts[0].Fix),
            AlertSeverity.Warning => Finding.Warning(text, alerts[0].Fix),
            _ => Finding.Ok(text),
        };
    }
}
