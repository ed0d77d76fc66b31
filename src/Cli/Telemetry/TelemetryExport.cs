using System.Reflection;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Transport.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EdgeFlora.Cli.Telemetry;

/// <summary>
/// Sends traces, metrics and logs to a collector, where the environment names one. What has not gone out is sent when it is disposed of, for a
/// few seconds.
/// </summary>
internal sealed class TelemetryExport : IDisposable
{
    /// <summary>Names of the services, unless OTEL_SERVICE_NAME says another.</summary>
    public const string Coordinator = "edgeflora-coordinator";

    public const string Agent = "edgeflora-agent";

    private readonly TelemetrySettings settings;
    private readonly ResourceBuilder resource;
    private readonly TracerProvider? traces;
    private readonly MeterProvider? metrics;

    private TelemetryExport(TelemetrySettings settings, string service, string? instance)
    {
        this.settings = settings;
        string? version = typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        resource = ResourceBuilder.CreateEmpty().AddTelemetrySdk()
            .AddService(service, serviceVersion: version, autoGenerateServiceInstanceId: instance is null, serviceInstanceId: instance)
            .AddEnvironmentVariableDetector();
        traces = settings.Traces ? Traces() : null;
        metrics = settings.Metrics ? Metrics() : null;
    }

    /// <param name="service">What this process is.</param>
    /// <param name="instance">Which of them it is; null: a random id.</param>
    /// <returns>Null: nothing is exported, and nothing is made for it.</returns>
    /// <exception cref="InputException">A variable holds what cannot be used.</exception>
    public static TelemetryExport? Open(string service, string? instance = null) =>
        TelemetrySettings.Read(Environment.GetEnvironmentVariable) is { } settings ? new TelemetryExport(settings, service, instance) : null;

    /// <summary>Events of the log, as they are written to the file.</summary>
    public void AddLogs(ILoggingBuilder logging)
    {
        if (settings.Logs)
        {
            logging.AddOpenTelemetry(export =>
            {
                export.IncludeFormattedMessage = true;
                export.SetResourceBuilder(resource);
                export.AddOtlpExporter();
            });
        }
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    private TracerProvider Traces() => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(resource)
        .AddSource(TelemetrySources.CoordinatorName, TelemetrySources.AgentName)
        .AddAspNetCoreInstrumentation(requests => requests.Filter = IsCommand)
        .AddOtlpExporter()
        .Build();

    private MeterProvider Metrics() => Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(resource)
        .AddMeter(TelemetrySources.CoordinatorName, TelemetrySources.AgentName, "System.Runtime", "Microsoft.AspNetCore.Hosting")
        .AddOtlpExporter()
        .Build();

    /// <summary>Commands are traced; looking is not: a dashboard looks all the time.</summary>
    private static bool IsCommand(HttpContext request) => !HttpMethods.IsGet(request.Request.Method) && !HttpMethods.IsHead(request.Request.Method);
}
