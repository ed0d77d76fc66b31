namespace EdgeFlora.Transport.Telemetry;

/// <summary>One metric: what it is called, counts and is told apart by.</summary>
/// <param name="Name">As OpenTelemetry has it: <c>edgeflora.round.duration</c>.</param>
/// <param name="Unit">UCUM: <c>s</c>, <c>By</c>, <c>1</c> for a ratio, <c>{round}</c> for counts; empty: none.</param>
/// <param name="Labels">Keys of what tells its series apart. Values are ids, names of queues, and words of fixed lists.</param>
public sealed record MetricDefinition(string Name, MetricKind Kind, string Unit, string Description, params IReadOnlyList<string> Labels)
{
    /// <summary>Upper bounds of a histogram's buckets, in the unit.</summary>
    public IReadOnlyList<double> Buckets { get; init; } = [];

    /// <summary>Name in Prometheus, by OpenTelemetry's rules: dots become underscores, unit and counting are said at the end.</summary>
    public string PrometheusName
    {
        get
        {
            string unit = Unit switch
            {
                "s" => "_seconds",
                "By" => "_bytes",
                "1" => "_ratio",
                _ => "",
            };
            return Name.Replace('.', '_') + unit + (Kind == MetricKind.Counter ? "_total" : "");
        }
    }
}
