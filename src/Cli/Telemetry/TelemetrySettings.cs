using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Telemetry;

/// <summary>What is to be exported, as OpenTelemetry's own variables of the environment say. Without an address nothing is.</summary>
internal sealed record TelemetrySettings(bool Traces, bool Metrics, bool Logs)
{
    public const string Disabled = "OTEL_SDK_DISABLED";
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>
    /// Variables that are looked at here; the library heeds others of the standard, such as OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER.
    /// </summary>
    public static IReadOnlyList<string> Variables { get; } =
    [
        Endpoint, EndpointOf("TRACES"), EndpointOf("METRICS"), EndpointOf("LOGS"), Protocol,
        ExporterOf("TRACES"), ExporterOf("METRICS"), ExporterOf("LOGS"), Disabled,
    ];

    /// <param name="variable">Looks a variable of the environment up.</param>
    /// <returns>Null: nothing is exported.</returns>
    /// <exception cref="InputException">A variable holds what cannot be used.</exception>
    public static TelemetrySettings? Read(Func<string, string?> variable)
    {
        if (string.Equals(variable(Disabled), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (variable(Protocol) is { Length: > 0 } protocol && protocol is not ("grpc" or "http/protobuf"))
        {
            throw new InputException($"{Protocol} is '{protocol}'; it must be grpc or http/protobuf");
        }

        bool all = IsGiven(Endpoint, variable);
        var settings = new TelemetrySettings(Wants("TRACES", all, variable), Wants("METRICS", all, variable), Wants("LOGS", all, variable));
        return settings is { Traces: false, Metrics: false, Logs: false } ? null : settings;
    }

    private static bool Wants(string signal, bool all, Func<string, string?> variable)
    {
        bool addressed = IsGiven(EndpointOf(signal), variable) || all;
        string exporter = variable(ExporterOf(signal)) is { Length: > 0 } named ? named : "otlp";
        return exporter switch
        {
            "none" => false,
            "otlp" => addressed,
            _ => throw new InputException($"{ExporterOf(signal)} is '{exporter}'; it must be otlp or none"),
        };
    }

    private static bool IsGiven(string name, Func<string, string?> variable)
    {
        if (variable(name) is not { Length: > 0 } url)
        {
            return false;
        }

        // It is not repeated, for it may hold a password.
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && (address.Scheme is "http" or "https")
            ? true
            : throw new InputException($"{name} must be http[s]://HOST:PORT of an OpenTelemetry collector");
    }

    private static string EndpointOf(string signal) => $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT";

    private static string ExporterOf(string signal) => $"OTEL_{signal}_EXPORTER";
}
